-- Who applies is a person who can ask about their own data: what they wrote is found by them, not by an address alone.
alter table applications
  add applicant_id uuid references people,
  -- Null while a form that the secretariat or a renewal began has not been filled in.
  add submitted_at timestamptz,
  add state_since timestamptz not null default now(),
  -- Its words went: asked to be forgotten, or kept long enough.
  add cleared_at timestamptz;
create index applications_by_applicant on applications (applicant_id) where applicant_id is not null;
create index applications_by_ticket on applications (ticket_id) where ticket_id is not null;
create index applications_by_renewal on applications (renews_id) where renews_id is not null;
create index applications_by_state on applications (state, state_since, id) where cleared_at is null;
-- The same form sent twice is one application.
alter table applications add form_id text unique;

grant delete on application_words, application_files to pandu_worker;

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'applications', 'applicant_id', '{id}', true);

-- Declined and withdrawn applications, and forms that nobody filled in. Two years: whoever was declined may ask why, and apply again.
insert into retention_rules (kind, keep_days) values ('applications', 730);
