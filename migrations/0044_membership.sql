-- Who asks to be member, partner or own-unit desk; who is; who is willing to represent which province; what shows their competence.
create sequence application_numbers start 1001;
create table applications (
  id uuid primary key,
  number bigint not null unique default nextval('application_numbers'),
  kind text not null check (kind in ('member', 'partner', 'own_unit')),
  -- received: the secretariat's turn; asked: the applicant's
  state text not null default 'received' check (state in ('received', 'asked', 'approved', 'declined', 'withdrawn')),
  language text not null default 'id' check (language in ('id', 'en')),
  channel text not null check (channel in ('web', 'email', 'desk')),
  -- Every field that the form asks for, in the shape of its schema (membership/application-form.ts); documents stand beside.
  form jsonb not null,
  -- The organisation that it became, or that asks to be renewed.
  organisation_id uuid references organisations,
  -- Of a renewal: which affiliation it goes on from.
  renews_id uuid,
  -- The request by mail that it was made from.
  ticket_id uuid,
  -- Where its questions and its decision go.
  contact_address text not null check (length(contact_address) between 3 and 320),
  token_hash text not null unique,
  -- The text that was accepted (statutes, terms), with its version.
  accepted_page text,
  accepted_version int,
  accepted_at timestamptz,
  -- {item: {checked_by, checked_at}}
  checklist jsonb not null default '{}',
  made_at timestamptz not null default now(),
  recorded_by uuid references people,
  decided_at timestamptz,
  decided_by uuid references people,
  -- Told to the applicant.
  reason text check (length(reason) between 1 and 2000),
  check ((state in ('approved', 'declined')) = (decided_at is not null)),
  check ((accepted_page is null) = (accepted_version is null))
);
create index applications_open on applications (made_at, id) where state in ('received', 'asked');
create index applications_newest on applications (id desc);
create index applications_by_organisation on applications (organisation_id, id) where organisation_id is not null;

-- Questions back, and their answers.
create table application_words (
  application_id uuid not null references applications,
  id uuid not null,
  by_applicant boolean not null,
  author_id uuid references people,
  text text not null check (length(text) between 1 and 10000),
  at timestamptz not null default now(),
  primary key (application_id, id)
);
create table application_files (
  application_id uuid not null references applications,
  id uuid not null,
  name text not null check (length(name) between 1 and 255),
  type text not null,
  size bigint not null,
  sha256 text not null references blobs,
  at timestamptz not null default now(),
  primary key (application_id, id)
);

-- Standing with the association. It holds nothing private: reasons are words of the journal.
create table affiliations (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  desk_id uuid not null references desks,
  kind text not null check (kind in ('member', 'partner')),
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  suspended_at timestamptz,
  ended_at timestamptz,
  application_id uuid references applications,
  -- The term before this one.
  renewed_from uuid references affiliations,
  made_at timestamptz not null default now(),
  made_by uuid references people
);
-- A renewal's term begins when the one before ends; both live until then.
create unique index one_live_affiliation on affiliations (organisation_id, starts_at) where ended_at is null;
create index affiliations_by_desk on affiliations (desk_id, starts_at);
create index affiliations_by_end on affiliations (ends_at, id) where ended_at is null and ends_at is not null;
alter table applications add foreign key (renews_id) references affiliations;

-- A member that is willing to represent a province, and a partner that was admitted for one: dated rows. The partner rule looks at the first.
create table representations (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  province_code text not null references regions check (length(province_code) = 2),
  kind text not null check (kind in ('member', 'partner')),
  since timestamptz not null default now(),
  until timestamptz check (until >= since),
  recorded_by uuid references people
);
create unique index one_live_representation on representations (organisation_id, province_code) where until is null;
create index representations_by_province on representations (province_code, kind, since);

-- When a member becomes willing, each partner of that province is looked at again, by a date.
create table partner_reviews (
  id uuid primary key,
  affiliation_id uuid not null references affiliations,
  province_code text not null references regions,
  representation_id uuid not null references representations,
  made_at timestamptz not null default now(),
  due_at timestamptz not null,
  outcome text check (outcome in ('stays_until_end', 'ended', 'member_withdrew')),
  decided_at timestamptz,
  decided_by uuid references people,
  check ((outcome is null) = (decided_at is null)),
  unique (affiliation_id, representation_id)
);
create index partner_reviews_open on partner_reviews (due_at, id) where outcome is null;

create table evidence (
  id uuid primary key,
  desk_id uuid not null references desks,
  competence_code text not null references competences,
  level int not null check (level between 1 and 3),
  kind text not null check (kind in ('certificate', 'finished_work', 'reference')),
  title text not null check (length(title) between 1 and 300),
  url text check (length(url) <= 500),
  valid_until timestamptz,
  recorded_at timestamptz not null default now(),
  recorded_by uuid references people,
  withdrawn_at timestamptz
);
create index evidence_by_desk on evidence (desk_id, competence_code, id) where withdrawn_at is null;

-- How many provinces shall have somebody, by when: set by the secretariat, the newest counts.
create table coverage_targets (
  id uuid primary key,
  provinces int not null check (provinces between 1 and 100),
  by_date date not null,
  set_by uuid references people,
  set_at timestamptz not null default now()
);

-- Which reminder of a renewal went out.
create table renewal_reminders (
  affiliation_id uuid not null references affiliations,
  days int not null check (days in (90, 30, 7)),
  ends_at timestamptz not null,
  sent_at timestamptz not null default now(),
  primary key (affiliation_id, days, ends_at)
);

grant select, insert, update on applications, affiliations, representations, partner_reviews, evidence to pandu_web, pandu_worker;
grant select, insert on application_words, application_files, coverage_targets to pandu_web, pandu_worker;
grant select, insert on renewal_reminders to pandu_worker;
grant select on renewal_reminders to pandu_web;
grant usage on sequence application_numbers to pandu_web, pandu_worker;
do $$
declare t text;
begin
  foreach t in array array['applications', 'application_words', 'application_files', 'affiliations', 'representations', 'partner_reviews', 'evidence',
    'coverage_targets', 'renewal_reminders'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
  -- An applicant reads their own by the link's door. The secretariat decides; nobody else sees who asked, or was declined.
  foreach t in array array['applications', 'application_words', 'application_files', 'partner_reviews', 'renewal_reminders'] loop
    execute format('create policy whole_house on %I to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()))', t);
  end loop;
  -- The directory is public; what is written there is the secretariat's.
  foreach t in array array['affiliations', 'representations', 'coverage_targets'] loop
    execute format('create policy public_read on %I for select to pandu_web using (true)', t);
    execute format('create policy whole_house on %I for insert to pandu_web with check ((select actor_sees_all()))', t);
  end loop;
  foreach t in array array['affiliations', 'representations'] loop
    execute format('create policy changed on %I for update to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()))', t);
  end loop;
end $$;
create policy own_or_all on evidence for select to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_providers())::uuid[]));
create policy recorded on evidence for insert to pandu_web with check ((select actor_sees_all()));
create policy changed on evidence for update to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()));

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'applications', 'recorded_by', '{}', false), ('people', 'applications', 'decided_by', '{}', false),
  ('people', 'application_words', 'author_id', '{}', false), ('people', 'affiliations', 'made_by', '{}', false),
  ('people', 'representations', 'recorded_by', '{}', false), ('people', 'partner_reviews', 'decided_by', '{}', false),
  ('people', 'evidence', 'recorded_by', '{}', false), ('people', 'coverage_targets', 'set_by', '{}', false),
  ('organisations', 'applications', 'organisation_id', '{id}', true),
  ('organisations', 'affiliations', 'organisation_id', '{id}', true),
  ('organisations', 'representations', 'organisation_id', '{id}', true);
