-- Organisations, persons, their addresses, who signs in, who was given what.
create table organisations (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  kind text not null check (kind in ('ministry', 'vertical_office', 'regional_office', 'village', 'school', 'company', 'association', 'community')),
  region_code text references regions,
  parent_id uuid references organisations,
  created_at timestamptz not null default now()
);
create index organisations_by_name on organisations (lower(name), id);

create table people (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  -- The name without case, accents and punctuation (people/fold-name.ts): with the address it says who writes.
  folded_name text not null,
  language text not null default 'id' check (language in ('id', 'en')),
  organisation_id uuid references organisations,
  region_code text references regions,
  created_at timestamptz not null default now()
);
create index people_by_name on people (folded_name, id);

-- One person, many addresses; one address may belong to several people (a shared phone, an office mailbox).
create table contact_points (
  id uuid primary key,
  person_id uuid not null references people,
  channel text not null check (channel in ('email', 'phone')),
  address text not null check (length(address) between 1 and 320),
  normalised text not null,
  verified_at timestamptz,
  created_at timestamptz not null default now(),
  unique (person_id, channel, normalised),
  -- so that a participant can be bound to an address of their own only
  unique (id, person_id)
);
create index contact_points_by_address on contact_points (channel, normalised, person_id);

-- Roles that are not tied to a desk. Agents and coordinators are rows of desk_members.
create table roles (
  person_id uuid not null references people,
  role text not null check (role in ('administrator')),
  granted_by uuid references people,
  granted_at timestamptz not null default now(),
  primary key (person_id, role)
);

-- A person who signs in. auth_user_id is the id in the sign-in library's own schema.
create table accounts (
  person_id uuid primary key references people,
  auth_user_id uuid not null unique,
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);

-- One-time links: the first administrator, an invitation, a password reset. Stored hashed.
create table one_time_links (
  token_hash text primary key,
  purpose text not null check (purpose in ('setup', 'invite', 'reset')),
  person_id uuid references people,
  -- Where the link was sent: whoever opens it has proved this address.
  address text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index one_time_links_by_person on one_time_links (person_id, purpose) where used_at is null;

-- Who was given which ticket, by what, until when.
create table grants (
  id uuid primary key,
  person_id uuid not null references people,
  ticket_id uuid not null,
  reason text not null,
  granted_by uuid,
  granted_at timestamptz not null default now(),
  until timestamptz,
  revoked_at timestamptz
);
create index grants_live on grants (person_id, ticket_id) where revoked_at is null;

-- Proof of consent: to which version of which text, when, by which channel.
create table consents (
  id uuid primary key,
  person_id uuid not null references people,
  purpose text not null,
  text_version int not null,
  channel text not null,
  given_at timestamptz not null,
  withdrawn_at timestamptz
);
create index consents_by_person on consents (person_id, given_at);

grant select, insert on organisations, people, contact_points, grants, consents to pandu_web, pandu_worker;
grant update on organisations, people, contact_points, grants, consents to pandu_web, pandu_worker;
grant select on roles, accounts to pandu_web, pandu_worker;
grant insert, delete on roles to pandu_web, pandu_worker;
grant insert, update on accounts to pandu_worker;
grant update (disabled_at) on accounts to pandu_web;
grant select, insert, update, delete on one_time_links to pandu_worker;
grant insert on one_time_links to pandu_web;
-- Who was invited and has not come yet; never the hashes.
grant select (person_id, purpose, address, created_at, expires_at, used_at) on one_time_links to pandu_web;
