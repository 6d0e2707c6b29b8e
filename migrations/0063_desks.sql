-- Who stands in for somebody of the secretariat, from when until when: within these dates, and no longer, with that person's rights there.
create table deputies (
  id uuid primary key,
  person_id uuid not null references people,
  deputy_id uuid not null references people,
  from_at timestamptz not null,
  until_at timestamptz not null,
  set_by uuid references people,
  set_at timestamptz not null default now(),
  ended_at timestamptz,
  ended_by uuid references people,
  check (person_id <> deputy_id),
  check (until_at > from_at),
  check (ended_by is null or ended_at is not null)
);
create index deputies_by_deputy on deputies (deputy_id, until_at) where ended_at is null;
create index deputies_by_person on deputies (person_id, until_at) where ended_at is null;

-- Coordinates the whole house by a role or a seat of their own. A deputy does so only for a while: they neither choose who stays at the
-- secretariat's desk nor who stands in.
create function actor_leads_lastingly() returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from roles where person_id = actor_person() and role = 'administrator')
    or exists (select from desk_members m join desks d on d.id = m.desk_id
      where m.person_id = actor_person() and m.role = 'coordinator' and d.kind = 'secretariat')
$$;
create or replace function actor_coordinates_all() returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select actor_leads_lastingly()
    or exists (select from deputies y join desk_members m on m.person_id = y.person_id and m.role = 'coordinator'
      join desks d on d.id = m.desk_id and d.kind = 'secretariat'
      where y.deputy_id = actor_person() and y.ended_at is null and y.from_at <= now() and y.until_at > now())
$$;
revoke all on function actor_leads_lastingly from public;
grant execute on function actor_leads_lastingly to pandu_web;

-- Whoever stands in signs in as carefully as whom they stand in for.
create or replace function second_factor_required(person uuid) returns boolean language sql stable security definer set search_path = '' as $$
  with works as (
    select m.desk_id, m.role from public.desk_members m where m.person_id = person
    union all select m.desk_id, m.role from public.deputies y join public.desk_members m on m.person_id = y.person_id
      join public.desks d on d.id = m.desk_id and d.kind = 'secretariat'
      where y.deputy_id = person and y.ended_at is null and y.until_at > pg_catalog.now())
  select exists (select from public.second_factor_roles f join public.roles r on r.role = f.role where r.person_id = person)
    or exists (select from public.second_factor_roles f cross join works w
      join public.desks d on d.id = w.desk_id
      where f.role = w.role or (f.role = 'secretariat' and d.kind = 'secretariat'))
$$;

grant select, insert, update on deputies to pandu_web;
grant select, update on deputies to pandu_worker;
alter table deputies enable row level security;
create policy worker_all on deputies to pandu_worker using (true) with check (true);
create policy own_or_all on deputies for select to pandu_web
  using ((select actor_sees_all()) or person_id = (select actor_person()) or deputy_id = (select actor_person()));
create policy set on deputies for insert to pandu_web with check ((select actor_leads_lastingly()));
create policy ended on deputies for update to pandu_web
  using ((select actor_leads_lastingly())) with check ((select actor_leads_lastingly()));
create policy lasting_added on desk_members as restrictive for insert to pandu_web
  with check ((select actor_leads_lastingly()) or desk_id <> all (array(select id from desks where kind = 'secretariat')));
create policy lasting_changed on desk_members as restrictive for update to pandu_web
  using ((select actor_leads_lastingly()) or desk_id <> all (array(select id from desks where kind = 'secretariat')))
  with check ((select actor_leads_lastingly()) or desk_id <> all (array(select id from desks where kind = 'secretariat')));
create policy lasting_removed on desk_members as restrictive for delete to pandu_web
  using ((select actor_leads_lastingly()) or desk_id <> all (array(select id from desks where kind = 'secretariat')));

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'deputies', 'person_id', '{}', false), ('people', 'deputies', 'deputy_id', '{}', false),
  ('people', 'deputies', 'set_by', '{}', false), ('people', 'deputies', 'ended_by', '{}', false);

-- What waits for the secretariat's decision, each kind by its own walk.
create index referrals_shown on referrals (shown_at, id) where ended_at is null and state = 'offered' and shown_at is not null;
create index referral_questions_by_time on referral_questions (asked_at, ticket_id) where asks in ('region', 'topic');
