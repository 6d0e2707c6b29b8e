-- Desks, what they cover, who works there, the vocabulary, and who runs this installation.
create table topics (
  code text primary key check (code ~ '^[a-z0-9-]+$'),
  name_id text not null, name_en text not null,
  position int not null default 0,
  switched_off_at timestamptz
);
create table competences (
  code text primary key check (code ~ '^[a-z0-9-]+$'),
  name_id text not null, name_en text not null,
  position int not null default 0,
  switched_off_at timestamptz
);
create table urgencies (
  code text primary key check (code in ('low', 'normal', 'high', 'emergency')),
  name_id text not null, name_en text not null,
  position int not null default 0,
  switched_off_at timestamptz
);

create table desks (
  id uuid primary key,
  name text not null check (length(name) between 1 and 120),
  kind text not null check (kind in ('secretariat', 'province', 'own_unit')),
  organisation_id uuid references organisations,
  -- The part before the @ of our mail domain; helpdesk@ is the secretariat's.
  mail_local_part text unique check (mail_local_part ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  time_zone text not null default 'Asia/Jakarta',
  accepting boolean not null default true,
  created_at timestamptz not null default now(),
  closed_at timestamptz
);
create unique index one_secretariat on desks (kind) where kind = 'secretariat';

create table desk_regions (
  desk_id uuid not null references desks,
  region_code text not null references regions,
  primary key (desk_id, region_code)
);
create index desk_regions_by_region on desk_regions (region_code, desk_id);

create table desk_competences (
  desk_id uuid not null references desks,
  competence_code text not null references competences,
  primary key (desk_id, competence_code)
);

create table desk_members (
  desk_id uuid not null references desks,
  person_id uuid not null references people,
  role text not null check (role in ('agent', 'coordinator')),
  since timestamptz not null default now(),
  primary key (desk_id, person_id)
);
create index desk_members_by_person on desk_members (person_id, desk_id);

-- Opening hours in the desk's own time zone; ISO weekday, 1 = Monday. Several rows a day make a lunch break.
create table desk_hours (
  desk_id uuid not null references desks,
  weekday int not null check (weekday between 1 and 7),
  opens time not null,
  closes time not null check (closes > opens),
  primary key (desk_id, weekday, opens)
);

-- Who runs this installation: one row, edited by the secretariat.
create table operator (
  only_row boolean primary key default true check (only_row),
  name text not null default '',
  short_name text not null default '',
  address text not null default '',
  phone text not null default '',
  sms text not null default '',
  whatsapp text not null default '',
  email text not null default '',
  hours text not null default '',
  logo_sha256 text references blobs,
  updated_at timestamptz not null default now()
);
insert into operator default values;

-- Information pages (tentang, privasi, aksesibilitas and others); every saved version is kept, because consent names one.
create table pages (
  slug text not null check (slug ~ '^[a-z0-9-]+$'),
  language text not null check (language in ('id', 'en')),
  version int not null,
  title text not null check (length(title) between 1 and 120),
  body text not null check (length(body) <= 50000),
  position int not null default 0,
  saved_by uuid references people,
  saved_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (slug, language, version)
);

grant select on topics, competences, urgencies, desks, desk_regions, desk_competences, desk_members, desk_hours, operator, pages to pandu_web, pandu_worker;
grant insert, update on topics, competences, urgencies, desks, operator, pages to pandu_web, pandu_worker;
grant insert, update, delete on desk_regions, desk_competences, desk_members, desk_hours to pandu_web, pandu_worker;

-- The walls around people's rows. Whom an agent sees follows from the tickets, so those policies stand beside the tickets' (0006).
alter table people enable row level security;
alter table contact_points enable row level security;
alter table consents enable row level security;
alter table grants enable row level security;
create policy worker_all on people to pandu_worker using (true) with check (true);
create policy worker_all on contact_points to pandu_worker using (true) with check (true);
create policy worker_all on consents to pandu_worker using (true) with check (true);
create policy worker_all on grants to pandu_worker using (true) with check (true);
create policy all_or_self on grants to pandu_web
  using ((select actor_sees_all()) or person_id = (select actor_person()))
  with check ((select actor_sees_all()));
