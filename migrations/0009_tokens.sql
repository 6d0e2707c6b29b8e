-- Keys for programs. A token acts for the account it was made for; only the worker's role reads this table, by the door
-- that turns a token into who acts.

-- Accounts without a person behind them: `cli`, for which the command line makes tokens before anybody has signed in.
create table service_accounts (
  name text primary key check (name in ('cli')),
  person_id uuid not null unique references people,
  created_at timestamptz not null default now()
);

create table api_tokens (
  id uuid primary key,
  person_id uuid not null references people,
  -- SHA-256 of 160 random bits; the token itself is shown once and kept nowhere
  token_hash text not null unique,
  scopes text[] not null check (cardinality(scopes) > 0),
  -- made with `--scopes all`
  as_administrator boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid references people,
  expires_at timestamptz not null,
  -- to the minute, so that reading does not become writing
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by uuid references people
);
create index api_tokens_by_person on api_tokens (person_id, id);

grant select, insert on service_accounts to pandu_worker;
-- Histories name it like a colleague.
grant select (person_id) on service_accounts to pandu_web;
create or replace function is_colleague(person uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from accounts a where a.person_id = person)
    or exists (select from desk_members m where m.person_id = person)
    or exists (select from service_accounts s where s.person_id = person);
end $$;
grant select, insert, update on api_tokens to pandu_worker;
