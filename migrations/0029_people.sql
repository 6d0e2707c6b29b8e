-- Signing in with more than a password: what was proved, the step that is still due, and what one proves it with. All but the rule is
-- read and written through the door sign_in only.
alter table one_time_links drop constraint one_time_links_purpose_check;
alter table one_time_links add constraint one_time_links_purpose_check check (purpose in ('setup', 'invite', 'reset', 'sign_in'));

-- How the person of this session proved who they are.
alter table auth.sessions add column proofs text[] not null default '{}';

-- Between the first and the second step: opens nothing but the page of the second step.
create table half_sessions (
  token_hash text primary key,
  person_id uuid not null references people,
  proofs text[] not null,
  -- answer: a second factor is asked for; set_up: one must be set up first, because a role requires it.
  due text not null check (due in ('answer', 'set_up')),
  -- Somebody who is signed in already and proves it again: this session ends when the new one begins. Ids of schema auth have no foreign key.
  replaces uuid,
  tries int not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index half_sessions_by_person on half_sessions (person_id);
create index half_sessions_by_end on half_sessions (expires_at);

-- The key that a person's authenticator app holds (RFC 6238). An unconfirmed one counts for nothing; a confirmed one stays until its
-- successor is confirmed.
create table totp_keys (
  id uuid primary key,
  person_id uuid not null references people,
  sealed_key text not null,
  made_at timestamptz not null,
  confirmed_at timestamptz,
  -- The last step of 30 seconds whose code was taken: each code counts once.
  last_step bigint
);
create unique index totp_keys_confirmed on totp_keys (person_id) where confirmed_at is not null;
create unique index totp_keys_waiting on totp_keys (person_id) where confirmed_at is null;

-- For whoever lost the telephone. The locator finds the code, the rest is kept as a salted hash.
create table recovery_codes (
  person_id uuid not null references people,
  locator text not null,
  code_hash text not null,
  made_at timestamptz not null,
  used_at timestamptz,
  primary key (person_id, locator)
);

-- Browsers that a person signed in with before, by a cookie of theirs: anything else is told to the owner.
create table known_devices (
  person_id uuid not null references people,
  device_hash text not null,
  first_used_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (person_id, device_hash)
);
create index known_devices_by_use on known_devices (last_used_at);

-- Whoever has one of these roles signs in with a second factor.
create table second_factor_roles (
  role text primary key check (length(role) between 1 and 50),
  required_by uuid references people,
  required_at timestamptz not null
);

do $$
declare name text;
begin
  foreach name in array array['half_sessions', 'totp_keys', 'recovery_codes', 'known_devices', 'second_factor_roles'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to pandu_worker', name);
  end loop;
end $$;
grant select, insert, delete on second_factor_roles to pandu_web;
create policy seen on second_factor_roles for select to pandu_web using ((select actor_is_staff()));
create policy administered on second_factor_roles to pandu_web
  using (exists (select from roles r where r.person_id = (select actor_person()) and r.role = 'administrator'))
  with check (exists (select from roles r where r.person_id = (select actor_person()) and r.role = 'administrator'));

-- Whether somebody's roles ask for a second factor. Desks and their members lie above people/, as with people_met.
create function second_factor_required(person uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.second_factor_roles f join public.roles r on r.role = f.role where r.person_id = person)
    or exists (select from public.second_factor_roles f
      join public.desk_members m on m.person_id = person
      join public.desks d on d.id = m.desk_id
      where f.role = m.role or (f.role = 'secretariat' and d.kind = 'secretariat'))
$$;
revoke all on function second_factor_required(uuid) from public;
grant execute on function second_factor_required(uuid) to pandu_web, pandu_worker;

-- An administrator who takes the second factor from somebody that lost it ends their sessions too, without being able to read a key.
create function end_second_factor(person uuid) returns boolean language sql volatile security definer set search_path = '' as $$
  with keys as (delete from public.totp_keys where person_id = person returning confirmed_at),
    codes as (delete from public.recovery_codes where person_id = person),
    halves as (delete from public.half_sessions where person_id = person),
    ended as (select public.end_sessions(person))
  select exists (select from keys where confirmed_at is not null) from ended
$$;
revoke all on function end_second_factor(uuid) from public;
grant execute on function end_second_factor(uuid) to pandu_web, pandu_worker;
