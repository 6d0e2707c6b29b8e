-- Paid work is answered by one line, too: the code that stands in the invitation, by which way the answer came, and the reminder before the deadline.
alter table paid_answers
  add code text check (code ~ '^[2-9A-HJKMNP-TV-Z]{3,8}$'),
  add answered_via text check (answered_via in ('link', 'email', 'sms', 'whatsapp')),
  add remind_at timestamptz,
  add reminded_at timestamptz;
create unique index paid_answer_codes on paid_answers (code) where code is not null;
create index paid_answers_to_remind on paid_answers (remind_at, id) where remind_at is not null and reminded_at is null;
