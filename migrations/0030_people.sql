-- Two rows that are one person, or one organisation: everything of one moves to the other, and what moved is written down so that it can be
-- given back exactly. The row that went stays, without anything of its own, and says where its things are.
alter table people add merged_into uuid references people check (merged_into <> id);
alter table organisations add merged_into uuid references organisations check (merged_into <> id);
create index people_merged on people (merged_into) where merged_into is not null;
create index organisations_merged on organisations (merged_into) where merged_into is not null;
create index people_by_organisation on people (organisation_id, folded_name, id) where organisation_id is not null;

-- Whoever follows merged_into arrives in one step: nothing is merged into a row that went itself.
create function arrives_in_one_step() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare wrong boolean;
begin
  execute format('select exists (select from %1$I where id = $1 and merged_into is not null) or exists (select from %1$I where merged_into = $2)', tg_table_name)
    into wrong using new.merged_into, new.id;
  if wrong then
    raise exception 'what was merged leads to what stands by itself' using errcode = 'check_violation', constraint = 'arrives_in_one_step';
  end if;
  return null;
end $$;
create constraint trigger arrives_in_one_step after insert or update of merged_into on people deferrable initially deferred
  for each row when (new.merged_into is not null) execute function arrives_in_one_step();
create constraint trigger arrives_in_one_step after insert or update of merged_into on organisations deferrable initially deferred
  for each row when (new.merged_into is not null) execute function arrives_in_one_step();

-- Plain ids: a merge may be older than what erasure left of the rows.
create table merges (
  id uuid primary key,
  of text not null check (of in ('people', 'organisations')),
  kept_id uuid not null,
  gone_id uuid not null check (gone_id <> kept_id),
  merged_by uuid references people,
  merged_at timestamptz not null default now(),
  undone_by uuid references people,
  undone_at timestamptz
);
create unique index one_live_merge on merges (gone_id) where undone_at is null;
create index merges_by_kept on merges (kept_id, merged_at) where undone_at is null;
create index merges_newest on merges (of, id desc);

-- Which row moved by which merge: its key, and for rows of which one had to give way how they stood before and after.
create table merge_rows (
  merge_id uuid not null references merges,
  table_name text not null,
  column_name text not null,
  key jsonb not null,
  before jsonb,
  after jsonb
);
create index merge_rows_by_merge on merge_rows (merge_id, table_name, column_name);

-- Which columns name a person or an organisation. `moves`: with a merge. Not: only those who work here stand in it, and they are not merged.
-- A column that is not named here keeps what stands in it from being merged.
create table reference_columns (
  of text not null check (of in ('people', 'organisations')),
  table_name text not null,
  column_name text not null,
  key_columns text[] not null default '{}',
  moves boolean not null,
  -- Where the column has no index of its own: which column to look for the tickets, or the addresses, of the person in.
  by_ticket text,
  by_address text,
  primary key (of, table_name, column_name),
  check (not moves or cardinality(key_columns) > 0)
);
insert into reference_columns (of, table_name, column_name, key_columns, moves, by_ticket, by_address) values
  ('people', 'people', 'merged_into', '{id}', true, null, null),
  ('people', 'consents', 'person_id', '{id}', true, null, null),
  ('people', 'grants', 'person_id', '{id}', true, null, null),
  ('people', 'tickets', 'requester_id', '{id}', true, null, null),
  ('people', 'messages', 'author_id', '{ticket_id,id}', true, 'ticket_id', null),
  ('people', 'ratings', 'person_id', '{ticket_id}', true, 'ticket_id', null),
  ('people', 'resolutions', 'resolved_by', '{ticket_id,id}', true, 'ticket_id', null),
  ('people', 'closures', 'closed_by', '{ticket_id,id}', true, 'ticket_id', null),
  ('people', 'ticket_links', 'made_by', '{ticket_id,other_id}', true, 'ticket_id', null),
  ('people', 'follow_links', 'person_id', '{token_hash}', true, 'ticket_id', null),
  ('people', 'outbox', 'recipient_id', '{id}', true, 'about_id', null),
  ('people', 'acknowledgements', 'person_id', '{id}', true, null, 'address'),
  ('organisations', 'organisations', 'merged_into', '{id}', true, null, null),
  ('organisations', 'organisations', 'parent_id', '{id}', true, null, null),
  ('organisations', 'people', 'organisation_id', '{id}', true, null, null),
  ('organisations', 'tickets', 'organisation_id', '{id}', true, null, null),
  ('organisations', 'desks', 'organisation_id', '{id}', true, null, null);
-- Moved by rules of their own: an address that both have, and a ticket on which both stand, cannot simply become the other's.
insert into reference_columns (of, table_name, column_name, moves) values
  ('people', 'contact_points', 'person_id', false), ('people', 'participants', 'person_id', false);
insert into reference_columns (of, table_name, column_name, moves)
  select 'people', conrelid::regclass::text, a.attname, false
  from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
  where c.contype = 'f' and c.confrelid = 'people'::regclass and c.conparentid = 0
  on conflict do nothing;

-- Two rows of which somebody said that they are two people: not suggested again.
create table kept_apart (
  of text not null check (of in ('people', 'organisations')),
  one_id uuid not null,
  other_id uuid not null check (one_id < other_id),
  said_by uuid references people,
  said_at timestamptz not null default now(),
  primary key (one_id, other_id)
);

grant select on merges, merge_rows, reference_columns to pandu_worker;
grant select on merges, reference_columns to pandu_web;
grant select, insert, delete on kept_apart to pandu_web;
grant select, delete on kept_apart to pandu_worker;
alter table merges enable row level security;
alter table merge_rows enable row level security;
alter table kept_apart enable row level security;
create policy worker_all on merges to pandu_worker using (true) with check (true);
create policy worker_all on merge_rows to pandu_worker using (true) with check (true);
create policy worker_all on kept_apart to pandu_worker using (true) with check (true);
create policy whole_house on merges for select to pandu_web using ((select actor_sees_all()));
create policy whole_house on kept_apart to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()));

-- Whether somebody was also known by this name: by a row that was merged into theirs, which an agent of another desk does not see.
create function also_named(person uuid, folded text) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from people g where g.merged_into = person and g.folded_name = folded)
$$;
revoke all on function also_named from public;
grant execute on function also_named to pandu_web, pandu_worker;

-- There is always an administrator who can sign in. Two who take it from each other take turns, and each sees what the other did.
create function an_administrator_stays() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  -- Only whoever was an administrator and could sign in leaves a place.
  if tg_table_name = 'roles' and not exists (select from accounts where person_id = old.person_id and disabled_at is null)
    or tg_table_name = 'accounts' and not exists (select from roles where person_id = old.person_id and role = 'administrator') then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('first administrator', 0));
  if not exists (select from roles r join accounts a on a.person_id = r.person_id
      where r.role = 'administrator' and a.disabled_at is null) then
    raise exception 'the last administrator stays' using errcode = 'check_violation', constraint = 'an_administrator_stays';
  end if;
  return null;
end $$;
create constraint trigger an_administrator_stays after delete or update on roles
  for each row when (old.role = 'administrator') execute function an_administrator_stays();
create constraint trigger an_administrator_stays after delete on accounts
  for each row execute function an_administrator_stays();
create constraint trigger an_administrator_stays_enabled after update of disabled_at on accounts
  for each row when (new.disabled_at is not null and old.disabled_at is null) execute function an_administrator_stays();

-- An administrator takes an invitation back, or sends a new one in its place, without being able to read a link.
create function end_invitations(person uuid) returns int language sql volatile security definer set search_path = '' as $$
  with ended as (
    update public.one_time_links set used_at = now()
    where person_id = person and purpose = 'invite' and used_at is null and public.actor_is_staff() returning 1)
  select count(*)::int from ended
$$;
revoke all on function end_invitations(uuid) from public;
grant execute on function end_invitations(uuid) to pandu_web;

-- Keys for programs, made and ended on a page by an administrator. The hash is written and never read there.
create function actor_administers() returns boolean language sql stable as
  $$ select exists (select from roles where person_id = actor_person() and role = 'administrator') $$;
alter table api_tokens add name text check (length(name) between 1 and 200);
-- The token sees this desk only, as somebody who works there, for as long as its account may.
alter table api_tokens add desk_id uuid;
alter table api_tokens enable row level security;
create policy worker_all on api_tokens to pandu_worker using (true) with check (true);
create policy administrators on api_tokens to pandu_web
  using ((select actor_administers())) with check ((select actor_administers()));
grant select (id, person_id, name, scopes, as_administrator, desk_id, per_minute_max, created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by),
  insert (id, person_id, name, token_hash, scopes, as_administrator, desk_id, per_minute_max, created_at, created_by, expires_at),
  update (revoked_at, revoked_by) on api_tokens to pandu_web;
