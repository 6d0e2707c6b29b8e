-- Who does not want to be told by mail that somebody wrote on a ticket of theirs.
create table notices_off (
  person_id uuid primary key references people,
  since timestamptz not null default now()
);
grant select, insert, delete on notices_off to pandu_web;
grant select, insert, delete on notices_off to pandu_worker;
alter table notices_off enable row level security;
create policy worker_all on notices_off to pandu_worker using (true) with check (true);
create policy own on notices_off to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff()))
  with check (person_id = (select actor_person()) and (select actor_is_staff()));
