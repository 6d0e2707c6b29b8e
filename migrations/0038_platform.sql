-- Limits that an administrator set for this installation; the others are as they came (src/server/platform/limit-catalog.ts, with the bounds).
create table set_limits (
  name text primary key check (name ~ '^[a-z_.]+$'),
  most int not null check (most between 1 and 1000000),
  set_by uuid not null,
  set_at timestamptz not null default now()
);
grant select on set_limits to pandu_web, pandu_worker;
grant insert, update, delete on set_limits to pandu_web;
alter table set_limits enable row level security;
create policy read_by_all on set_limits for select to pandu_web, pandu_worker using (true);
create policy set_by_administrators on set_limits to pandu_web
  using ((select actor_administers())) with check ((select actor_administers()) and set_by = (select actor_person()));
