-- A contact by SMS or WhatsApp proves the number by sending back the code that it got there. Only the code's hash is kept.
alter table duty_contacts
  add proof_hash text,
  add proof_tries int not null default 0;
