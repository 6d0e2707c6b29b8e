-- Desks of providers (members and partners): they work what was referred to them and they accepted, ticket by ticket (grants), and hold
-- nothing by their region. So their staff is not among actor_desks(), by which queues, search and the walls of tickets see: actor_providers().
alter table desks drop constraint desks_kind_check;
alter table desks add constraint desks_kind_check check (kind in ('secretariat', 'province', 'own_unit', 'provider'));
alter table desks
  -- New cases a week that it promises to take.
  add capacity_per_week int not null default 5 check (capacity_per_week between 0 and 1000),
  -- "LIBUR 5 hari"
  add paused_until timestamptz,
  -- "Juga melayani provinsi tetangga"
  add serves_neighbours boolean not null default false,
  add serves_nation boolean not null default false,
  add kinds text[] not null default '{free}' check (kinds <@ '{free,paid}' and cardinality(kinds) > 0),
  add languages text[] not null default '{id}' check (cardinality(languages) between 1 and 20),
  -- What the public page says of it, and its address in the web.
  add about text not null default '' check (length(about) <= 2000),
  add website text check (length(website) <= 300),
  -- An own-unit desk counts as a candidate once the secretariat has confirmed it.
  add confirmed_at timestamptz,
  add confirmed_by uuid references people,
  add check (kind <> 'provider' or (organisation_id is not null and mail_local_part is null));
create unique index one_provider_desk on desks (organisation_id) where kind = 'provider' and closed_at is null;

-- 1 helps with everyday use, 2 sets up and mends, 3 plans and builds. `valid_until`: the end of the evidence that stands longest.
alter table desk_competences add level int not null default 1 check (level between 1 and 3), add valid_until timestamptz;

-- Organisations for which a desk may not work (conflict of interest).
create table desk_conflicts (
  desk_id uuid not null references desks,
  organisation_id uuid not null references organisations,
  declared_at timestamptz not null default now(),
  declared_by uuid references people,
  primary key (desk_id, organisation_id)
);
create index desk_conflicts_by_organisation on desk_conflicts (organisation_id, desk_id);

-- The offices whose requests are an own-unit desk's own.
create table desk_offices (
  desk_id uuid not null references desks,
  organisation_id uuid not null references organisations,
  since timestamptz not null default now(),
  primary key (desk_id, organisation_id)
);
create index desk_offices_by_organisation on desk_offices (organisation_id, desk_id);

-- Who is told of an offer, in this order, when they are on duty. They need no account: what comes from this address counts as theirs.
create table duty_contacts (
  id uuid primary key,
  desk_id uuid not null references desks,
  person_id uuid not null references people,
  contact_point_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'whatsapp', 'phone')),
  position int not null check (position between 1 and 100),
  -- [{weekday, opens, closes}] in the desk's zone; null: whenever the desk is open.
  hours jsonb,
  since timestamptz not null default now(),
  ended_at timestamptz,
  foreign key (contact_point_id, person_id) references contact_points (id, person_id)
);
create unique index one_live_duty on duty_contacts (desk_id, contact_point_id, channel) where ended_at is null;
create index duty_contacts_by_desk on duty_contacts (desk_id, position, id) where ended_at is null;
create index duty_contacts_by_person on duty_contacts (person_id, desk_id);
create index duty_contacts_by_contact_point on duty_contacts (contact_point_id) where ended_at is null;

create function actor_providers() returns uuid[] language sql stable parallel safe
  return coalesce(nullif(current_setting('pandu.providers', true), ''), '{}')::uuid[];

grant select, insert, update on duty_contacts to pandu_web, pandu_worker;
grant select, insert, delete on desk_conflicts, desk_offices to pandu_web, pandu_worker;
alter table duty_contacts enable row level security;
alter table desk_conflicts enable row level security;
alter table desk_offices enable row level security;
create policy worker_all on duty_contacts to pandu_worker using (true) with check (true);
create policy worker_all on desk_conflicts to pandu_worker using (true) with check (true);
create policy worker_all on desk_offices to pandu_worker using (true) with check (true);
create policy own_or_all on duty_contacts to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_desks() || actor_providers())::uuid[]) or person_id = (select actor_person()))
  with check ((select actor_sees_all()) or desk_id = any ((select actor_desks() || actor_providers())::uuid[]));
create policy own_or_all on desk_conflicts to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_desks() || actor_providers())::uuid[]));
create policy staff on desk_offices for select to pandu_web using ((select actor_is_staff()));
create policy confirmed on desk_offices to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()));

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'desks', 'confirmed_by', '{}', false),
  ('people', 'desk_conflicts', 'declared_by', '{}', false),
  ('people', 'duty_contacts', 'person_id', '{}', false),
  ('organisations', 'desk_conflicts', 'organisation_id', '{desk_id,organisation_id}', true),
  ('organisations', 'desk_offices', 'organisation_id', '{desk_id,organisation_id}', true);
