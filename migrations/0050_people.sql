-- A key of an authenticator app that waits for its first code belongs to whoever began to set it up: to one half session, or to one session.
-- Two half sessions of one person shared it: whoever knew the password saw the key that the owner was about to confirm.
alter table totp_keys add column waits_for text;

-- Whoever accepted an invitation by an identity provider has a password that nobody knows, until they choose one. Without the provider, and
-- without a passkey, they do not get in: as the last administrator they would leave nobody who does.
alter table accounts add column by_provider_since timestamptz;
create function signs_in_here(person uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from accounts a where a.person_id = person and a.disabled_at is null
    and (a.by_provider_since is null or exists (select from passkeys k where k.person_id = a.person_id)))
$$;
revoke all on function signs_in_here(uuid) from public;
grant execute on function signs_in_here(uuid) to pandu_web, pandu_worker;

-- By which provider a session was begun, and under which name the provider knows that session: when it says that somebody signed out there,
-- exactly these end (OpenID Connect Back-Channel Logout 1.0).
alter table auth.sessions add column provider_issuer text, add column provider_sid text;
alter table half_sessions add column provider_issuer text, add column provider_sid text;
create index sessions_by_provider on auth.sessions (provider_issuer, provider_sid) where provider_issuer is not null;
