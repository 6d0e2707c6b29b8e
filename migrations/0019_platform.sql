-- A form of the desk that is posted twice is done once, whichever form it is: written in the transaction of what it asked for. Until now
-- replies, notes and resolutions had a table of their own, and all others were counted among the limits.
create table done_forms (
  person_id uuid not null,
  -- made by the server when it showed the form
  form_id text not null check (length(form_id) between 16 and 100),
  -- SHA-256 over the form's name, its words and files
  words_hash text not null,
  name text not null check (length(name) between 1 and 100),
  at timestamptz not null default now(),
  primary key (person_id, form_id, words_hash)
);
create index done_forms_oldest on done_forms (at);

grant select, insert on done_forms to pandu_web;
grant select, insert, delete on done_forms to pandu_worker;
alter table done_forms enable row level security;
create policy worker_all on done_forms to pandu_worker using (true) with check (true);
create policy own on done_forms to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff()))
  with check (person_id = (select actor_person()) and (select actor_is_staff()));

drop table sent_forms;

-- Limits are counted through the doors only: who could write here could forgive themselves.
revoke select, insert, update on limit_hits from pandu_web;
