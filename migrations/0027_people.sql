-- Signing in by other ways: passkeys (WebAuthn) and identity providers (OpenID Connect).

-- One row for each passkey of a person. The private key never leaves their device.
create table passkeys (
  id uuid primary key,
  person_id uuid not null references accounts,
  -- what the authenticator calls it, base64url
  credential_id text not null unique check (length(credential_id) between 1 and 1400),
  public_key bytea not null,
  -- how often it was used, by its own count; 0 for ever where it does not count
  counter bigint not null check (counter >= 0),
  transports text[] not null,
  -- kept in an account of its maker (a telephone's, a password manager's), so more than one device may hold it
  synced boolean not null,
  name text not null check (length(name) between 1 and 60),
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index passkeys_by_person on passkeys (person_id, id);

-- Who else may say who somebody is. The secret is sealed (platform/secrets.ts) and read through the door sign_in only.
create table sign_in_providers (
  id uuid primary key,
  name text not null check (length(name) between 1 and 60),
  issuer text not null unique check (length(issuer) between 1 and 300),
  client_id text not null check (length(client_id) <= 300),
  sealed_secret text,
  secret_set_at timestamptz,
  -- may lead to an address of a private network
  on_own_network boolean not null default false,
  -- whether its word counts as two factors: never; always; or when its token says so (amr contains mfa, or acr is this one)
  two_factors text not null default 'never' check (two_factors in ('never', 'always', 'said')),
  two_factors_acr text not null default '' check (length(two_factors_acr) <= 200),
  created_at timestamptz not null default now(),
  enabled_at timestamptz,
  check (enabled_at is null or client_id <> '')
);

-- Which account of a provider is whose: by issuer and subject, never by a mail address.
create table provider_links (
  id uuid primary key,
  issuer text not null,
  subject text not null check (length(subject) between 1 and 255),
  person_id uuid not null references accounts,
  -- how the provider named the account when it was linked; shown to its owner only, decides nothing
  label text not null check (length(label) <= 254),
  linked_at timestamptz not null default now(),
  used_at timestamptz,
  unique (issuer, subject),
  unique (issuer, person_id)
);
create index provider_links_by_person on provider_links (person_id, id);

-- Challenges and states that were answered: each counts once. What was begun is kept sealed in the browser, so a stranger fills no table.
create table used_challenges (
  hash text primary key,
  until timestamptz not null
);
create index used_challenges_by_end on used_challenges (until);

grant select, insert, update, delete on passkeys, provider_links to pandu_worker;
grant select, insert, delete on used_challenges to pandu_worker;
grant select on sign_in_providers to pandu_worker;
alter table passkeys enable row level security;
alter table provider_links enable row level security;
alter table used_challenges enable row level security;
create policy worker_all on passkeys to pandu_worker using (true) with check (true);
create policy worker_all on provider_links to pandu_worker using (true) with check (true);
create policy worker_all on used_challenges to pandu_worker using (true) with check (true);

-- The way in shows every enabled one to everybody; only an administrator sees the others and changes any. Nobody at the desk reads a secret.
grant select (id, name, issuer, client_id, secret_set_at, on_own_network, two_factors, two_factors_acr, created_at, enabled_at) on sign_in_providers to pandu_web;
grant insert, update, delete on sign_in_providers to pandu_web;
alter table sign_in_providers enable row level security;
create policy worker_all on sign_in_providers to pandu_worker using (true) with check (true);
create policy enabled on sign_in_providers for select to pandu_web using (enabled_at is not null);
create policy administered on sign_in_providers to pandu_web
  using (exists (select from roles r where r.person_id = (select actor_person()) and r.role = 'administrator'))
  with check (exists (select from roles r where r.person_id = (select actor_person()) and r.role = 'administrator'));
