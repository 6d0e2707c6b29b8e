-- The tables of the library that signs people in (src/server/people/sign-in-library.ts), in a schema of their own. Columns are what
-- the library's own compileMigrations() printed, named in snake_case; ids come from us. Only the worker's role reads them.
create schema auth;
revoke all on schema auth from public;
grant usage on schema auth to pandu_worker;

create table auth.users (
  id uuid primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- The cookie carries the token with a signature, so this table alone lets nobody in.
create table auth.sessions (
  id uuid primary key,
  expires_at timestamptz not null,
  token text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null,
  ip_address text,
  user_agent text,
  user_id uuid not null references auth.users on delete cascade
);
create index sessions_by_user on auth.sessions (user_id);
create index sessions_by_end on auth.sessions (expires_at);

-- One row per way to sign in: now a password, later also an identity provider.
create table auth.accounts (
  id uuid primary key,
  account_id text not null,
  provider_id text not null,
  user_id uuid not null references auth.users on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null,
  unique (provider_id, account_id)
);
create index accounts_by_user on auth.accounts (user_id);

create table auth.verifications (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_by_identifier on auth.verifications (identifier);

grant select, insert, update, delete on auth.users, auth.sessions, auth.accounts, auth.verifications to pandu_worker;

-- An administrator who disables an account ends its sessions in the same transaction, as the web role, without being able to read one.
create function end_sessions(person uuid) returns int language sql volatile security definer set search_path = '' as $$
  with ended as (
    delete from auth.sessions s using public.accounts a
    where a.person_id = person and s.user_id = a.auth_user_id returning 1)
  select count(*)::int from ended
$$;
revoke all on function end_sessions(uuid) from public;
grant execute on function end_sessions(uuid) to pandu_web, pandu_worker;
