-- An offer tells by itself what whoever is asked may know: the regency, how urgent, and of attachments the type and the size.
alter table offers
  add region_code text references regions,
  add urgency text references urgencies,
  add files jsonb not null default '[]';
