-- A provider works by mail: addresses of its own for each offer and case, what it was told, and when it pauses.

-- The signed addresses that somebody got with an offer or a case: `<letter>-<id><mac>@<reply domain>`. offer: answers the offer; case: what is
-- written there goes to the requester; note: to colleagues only.
create table provider_addresses (
  id uuid primary key,
  kind text not null check (kind in ('offer', 'case', 'note')),
  offer_id uuid not null references offers,
  person_id uuid not null references people,
  made_at timestamptz not null default now(),
  unique (offer_id, person_id, kind)
);
-- What was told to whom of an offer: once for each time that it happened (`fact_id`; of reminders the offer itself).
create table offer_notices (
  offer_id uuid not null references offers,
  person_id uuid not null references people,
  kind text not null check (kind in ('offered', 'reminded', 'taken', 'accepted', 'declined', 'reopened', 'expired', 'cancelled', 'returned', 'written')),
  because uuid not null,
  outbox_id uuid not null,
  at timestamptz not null default now(),
  primary key (offer_id, person_id, kind, because)
);
create index offer_notices_by_person on offer_notices (person_id, at);

-- "LIBUR 5 hari": who paused a desk until when, and until when it had been paused before (to take it back).
create table desk_pauses (
  id uuid primary key,
  desk_id uuid not null references desks,
  person_id uuid not null references people,
  via text not null check (via in ('web', 'email', 'sms', 'api', 'whatsapp')),
  paused_until timestamptz,
  paused_before timestamptz,
  at timestamptz not null default now(),
  undo_until timestamptz not null,
  undone_at timestamptz
);
create index desk_pauses_by_person on desk_pauses (person_id, at desc);
create index desk_pauses_by_desk on desk_pauses (desk_id, at desc);

grant select, insert on provider_addresses, offer_notices to pandu_worker;
grant select, insert, update on desk_pauses to pandu_web, pandu_worker;
do $$
declare t text;
begin
  foreach t in array array['provider_addresses', 'offer_notices', 'desk_pauses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
end $$;
create policy own_or_all on desk_pauses to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_desks() || actor_providers())::uuid[]))
  with check ((select actor_sees_all()) or desk_id = any ((select actor_desks() || actor_providers())::uuid[]));

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'provider_addresses', 'person_id', '{}', false), ('people', 'offer_notices', 'person_id', '{}', false),
  ('people', 'desk_pauses', 'person_id', '{}', false);
