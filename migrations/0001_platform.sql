-- The ground floor: who acts, the journal, limits and sums.
-- Three login roles exist before this file runs (src/server/platform/embedded-postgres.ts, external-postgres.ts):
-- pandu_owner owns everything, pandu_web meets row-level security, pandu_worker runs relay, intake and jobs.

revoke create on schema public from public;
grant usage on schema public to pandu_web, pandu_worker;
do $$ begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to pandu_web, pandu_worker', current_database());
  -- graphile-worker makes its own schema, as the worker's.
  execute format('grant create on database %I to pandu_worker', current_database());
end $$;

-- Who acts in this transaction. set_config(…, true) leaves '' behind after a commit, hence nullif.
create function actor_person() returns uuid language sql stable parallel safe
  return nullif(current_setting('pandu.person', true), '')::uuid;
create function actor_ticket() returns uuid language sql stable parallel safe
  return nullif(current_setting('pandu.ticket', true), '')::uuid;
create function actor_desks() returns uuid[] language sql stable parallel safe
  return coalesce(nullif(current_setting('pandu.desks', true), ''), '{}')::uuid[];
create function actor_sees_all() returns boolean language sql stable parallel safe
  return coalesce(current_setting('pandu.sees_all', true), '') = 'on';
create function actor_is_staff() returns boolean language sql stable parallel safe
  return coalesce(current_setting('pandu.staff', true), '') = 'on';

-- Month partitions by UUIDv7 id: the first 48 bits are Unix milliseconds.
create function uuid_floor(at timestamptz) returns uuid language sql immutable strict parallel safe
  return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- Makes this month's and the next months' partitions of a table; safe to run any number of times, also by two at once.
-- Runs with the owner's rights, because the worker's nightly round calls it and owns no table.
create function make_partitions(parent regclass, months int) returns void
language plpgsql security definer set search_path = public, pg_catalog as $$
declare
  month timestamptz;
  child text;
begin
  perform pg_advisory_xact_lock(hashtext('make_partitions ' || parent::text));
  for i in -1 .. months loop
    month := date_trunc('month', now() at time zone 'UTC')::timestamp at time zone 'UTC' + make_interval(months => i);
    child := parent::text || '_' || to_char(month at time zone 'UTC', 'YYYYMM');
    if to_regclass(child) is null then
      execute format('create table %I partition of %s for values from (%L) to (%L)', child, parent,
        uuid_floor(month), uuid_floor(month + interval '1 month'));
    end if;
  end loop;
end $$;

-- The journal: facts in the past tense, ids only. Words, addresses and IPs live in journal_details and can be erased
-- without breaking the chain, because the fact holds only SHA-256(salt, details).
create table facts (
  id uuid not null,
  at timestamptz not null,
  kind text not null check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  actor_kind text not null check (actor_kind in ('system', 'staff', 'requester', 'public')),
  actor_id uuid,
  ticket_id uuid,
  about jsonb not null default '{}',
  details_hash bytea,
  primary key (id)
) partition by range (id);
create table facts_default partition of facts default;
select make_partitions('facts', 3);
create index facts_by_ticket on facts (ticket_id, at, id) where ticket_id is not null;
create index facts_by_actor on facts (actor_id, at desc) where actor_id is not null;

create table journal_details (
  fact_id uuid primary key,
  salt bytea not null,
  details jsonb not null
);
-- Facts that the relay has not sealed and answered with jobs yet.
create table journal_pending (fact_id uuid primary key);

create table journal_seals (
  number bigint primary key generated always as identity,
  previous bytea not null,
  root bytea not null,
  fact_ids uuid[] not null,
  sealed_at timestamptz not null default now()
);

-- One leaf of the chain: version byte, then every column with its length before it, times as UTC microseconds.
-- Used when sealing and when verifying, and nowhere written a second time.
create function fact_leaf(fact facts) returns bytea language sql stable parallel safe
  return sha256('\x01'::bytea || convert_to(
    (select string_agg(octet_length(part) || ':' || part, '' order by position)
     from unnest(array[
       fact.id::text, ((extract(epoch from fact.at) * 1000000)::bigint)::text, fact.kind, fact.actor_kind,
       coalesce(fact.actor_id::text, ''), coalesce(fact.ticket_id::text, ''), fact.about::text,
       coalesce(encode(fact.details_hash, 'hex'), '')
     ]) with ordinality as parts (part, position)), 'UTF8'));

create function seal_root(previous bytea, leaves bytea[]) returns bytea language sql immutable parallel safe
  return sha256(previous || (select coalesce(string_agg(leaf, ''::bytea order by position), ''::bytea)
                             from unnest(leaves) with ordinality as l (leaf, position)));

-- Exact sums without a hot row: deltas are appended in the writer's transaction and folded by the relay.
create table count_deltas (id uuid primary key, name text not null, delta bigint not null);
create table counts (name text primary key, total bigint not null);

-- Limits against guessing and flooding, shared by all processes. A bucket is a keyed hash, never an address.
create table limit_hits (
  bucket text not null,
  window_start timestamptz not null,
  hits int not null,
  primary key (bucket, window_start)
);

-- Which process leads what (relay, sweeps): the holder stops before its lease ends.
create table leases (
  name text primary key,
  holder uuid not null,
  until timestamptz not null
);

create table blobs (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  type text not null,
  created_at timestamptz not null default now()
);

revoke all on function make_partitions from public;
grant execute on function make_partitions to pandu_worker;
grant select, insert on facts, journal_details, journal_pending, count_deltas to pandu_web, pandu_worker;
-- `for update` asks for the right to update, though nothing is updated
grant update, delete on journal_pending, count_deltas to pandu_worker;
grant select, insert on journal_seals to pandu_worker;
grant select on journal_seals, counts to pandu_web;
grant select, insert, update on counts to pandu_worker;
grant select, insert, update, delete on limit_hits, leases to pandu_worker;
grant select, insert on blobs to pandu_web, pandu_worker;
grant delete on blobs to pandu_worker;
