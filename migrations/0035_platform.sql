-- Who read what stands in the journal, and a page shows it: newest first, whatever kind.
create index facts_by_kind on facts (kind, at desc, id desc);
-- Whom a fact is about, for the trail of who read somebody's data.
create index facts_about_person on facts ((about ->> 'person_id'), at desc) where about ? 'person_id';
create index journal_details_by_client on journal_details ((details ->> 'client')) where details ? 'client';

-- Under row-level security PostgreSQL looks into jsonb only after the policy, row by row. So these two are asked as the owner, by those who
-- see everything; they answer ids, and the caller joins the guarded tables.
create function facts_about_person(person uuid, most int) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not actor_sees_all() then return; end if;
  return query select f.id from facts f where f.about ? 'person_id' and f.about ->> 'person_id' = person::text order by f.at desc limit most;
end $$;
create function facts_from_client(client text, most int) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not actor_sees_all() then return; end if;
  return query select d.fact_id from journal_details d where d.details ? 'client' and d.details ->> 'client' = client order by d.fact_id desc limit most;
end $$;
revoke all on function facts_about_person, facts_from_client from public;
grant execute on function facts_about_person, facts_from_client to pandu_web;

-- The journal is only added to. The roles of the program have no right to anything else; this stops the owner's own slips as well. Whoever
-- means it can switch a trigger off: then "./pandu verify" tells.
create function only_added_to() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('pandu.moves_partitions', true), '') = 'on' then return old; end if;
  raise exception 'the journal is only added to' using errcode = 'insufficient_privilege';
end $$;
create trigger only_added_to before update or delete on facts for each row execute function only_added_to();
create trigger only_added_to before update or delete on journal_seals for each row execute function only_added_to();

-- As before, and now also when nobody made partitions for months: rows that meanwhile fell into the default partition move to the month that
-- they belong to. PostgreSQL refuses a partition while the default one holds rows of it, so until now every later night failed.
create or replace function make_partitions(parent regclass, months int) returns void
language plpgsql security definer set search_path = public, pg_catalog as $$
declare
  this_month timestamptz := date_trunc('month', now() at time zone 'UTC')::timestamp at time zone 'UTC';
  month timestamptz;
  child text;
  rest text := parent::text || '_default';
  first uuid;
begin
  perform pg_advisory_xact_lock(hashtext('make_partitions ' || parent::text));
  for i in -1 .. months loop
    perform make_partition(parent, this_month + make_interval(months => i));
  end loop;
  -- What is older than last month and fell into the default one. What a jumped clock wrote for years to come stays there.
  loop
    execute format('select id from %I where id < %L order by id limit 1', rest, uuid_floor(this_month)) into first;
    exit when first is null;
    month := date_trunc('month', to_timestamp(('x' || substr(replace(first::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0) at time zone 'UTC')
      at time zone 'UTC';
    perform make_partition(parent, month);
  end loop;
end $$;

create function make_partition(parent regclass, month timestamptz) returns void
language plpgsql security definer set search_path = public, pg_catalog as $$
declare
  child text := parent::text || '_' || to_char(month at time zone 'UTC', 'YYYYMM');
  rest text := parent::text || '_default';
  low uuid := uuid_floor(month);
  high uuid := uuid_floor((month at time zone 'UTC' + interval '1 month') at time zone 'UTC');
  held boolean;
begin
  if to_regclass(child) is not null then return; end if;
  execute format('select exists (select from %I where id >= %L and id < %L)', rest, low, high) into held;
  if not held then
    execute format('create table %I partition of %s for values from (%L) to (%L)', child, parent, low, high);
    return;
  end if;
  -- Nothing is added to the default one between moving its rows and taking the month from it.
  execute format('lock table %s, %I in access exclusive mode', parent, rest);
  execute format('create table %I (like %s including all)', child, parent);
  perform set_config('pandu.moves_partitions', 'on', true);
  execute format('with moved as (delete from %I where id >= %L and id < %L returning *) insert into %I select * from moved', rest, low, high, child);
  perform set_config('pandu.moves_partitions', '', true);
  execute format('alter table %s attach partition %I for values from (%L) to (%L)', parent, child, low, high);
end $$;
revoke all on function make_partition from public;
