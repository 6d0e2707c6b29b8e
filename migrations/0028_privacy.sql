-- What people ask about their own data, what was erased, how long each kind is kept, and incidents.

-- A link that proves that somebody reads an address. Stored hashed; only the doors read it.
create table data_links (
  token_hash text primary key,
  address text not null check (length(address) <= 320),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index data_links_by_end on data_links (expires_at);

create sequence data_request_numbers start 1001;
create table data_requests (
  id uuid primary key,
  number bigint not null unique default nextval('data_request_numbers'),
  person_id uuid not null references people,
  kind text not null check (kind in ('copy', 'restriction', 'correction', 'erasure')),
  channel text not null check (channel in ('web', 'desk')),
  -- where it is answered; gone with the person
  address text check (length(address) <= 320),
  -- what they say themselves
  words text not null default '' check (length(words) <= 5000),
  language text not null default 'id' check (language in ('id', 'en')),
  made_at timestamptz not null default now(),
  -- three times twenty-four hours, by the calendar
  due_at timestamptz not null check (due_at > made_at),
  recorded_by uuid references people,
  decision text check (decision in ('done', 'refused')),
  decided_at timestamptz,
  decided_by uuid references people,
  reason text check (length(reason) between 1 and 2000),
  check ((decision is null) = (decided_at is null)),
  check (decision is distinct from 'refused' or reason is not null)
);
create index data_requests_open on data_requests (due_at, id) where decision is null;
create index data_requests_by_person on data_requests (person_id, id);

-- Who was, or is about to be, forgotten. The row stays: it is the list that a restore goes by (beside erasures.log in the data folder).
create table erasures (
  person_id uuid primary key references people,
  request_id uuid references data_requests,
  reason text not null check (length(reason) between 1 and 2000),
  decided_by uuid references people,
  decided_at timestamptz not null default now(),
  -- the last mail to them: it leaves before its address is forgotten
  answer_id uuid,
  erased_at timestamptz,
  -- keyed hashes of address with name, and of addresses that were theirs alone
  keys text[] not null default '{}',
  -- how many rows of what
  sums jsonb
);
create index erasures_due on erasures (decided_at) where erased_at is null;

-- How long each kind of data is kept. A rule begins to remove only when an administrator has seen what it would remove and switched it on.
create table retention_rules (
  kind text primary key check (kind ~ '^[a-z_]+$'),
  keep_days int not null check (keep_days between 1 and 36500),
  switched_on_at timestamptz,
  changed_by uuid references people,
  changed_at timestamptz
);
insert into retention_rules (kind, keep_days) values
  ('raw_items', 180), ('held_items', 365), ('spam_tickets', 90), ('closed_tickets', 1825), ('sent_words', 365),
  ('journal_details', 730), ('acknowledgement_limits', 30), ('data_request_words', 1095);
create table retention_runs (
  id uuid primary key,
  kind text not null references retention_rules,
  ran_at timestamptz not null default now(),
  keep_days int not null,
  removed int not null
);
create index retention_runs_by_kind on retention_runs (kind, id);

create sequence incident_numbers start 1;
create table incidents (
  id uuid primary key,
  number bigint not null unique default nextval('incident_numbers'),
  is_drill boolean not null,
  -- which data, when and how it came out, what was done: what the law asks to be told (article 46)
  which_data text not null check (length(which_data) between 1 and 5000),
  how text not null check (length(how) between 1 and 5000),
  handling text not null check (length(handling) between 1 and 5000),
  began_at timestamptz,
  found_at timestamptz not null,
  due_at timestamptz not null,
  declared_by uuid references people,
  declared_at timestamptz not null default now(),
  -- desks, tickets, people and time by which the people concerned were found
  filter jsonb not null,
  agency_told_by uuid references people,
  agency_told_at timestamptz,
  people_told_by uuid references people,
  people_told_at timestamptz,
  closed_by uuid references people,
  closed_at timestamptz,
  closing_words text check (length(closing_words) <= 5000)
);
-- Of the moment when it was declared; an address is looked up when it is needed.
create table incident_people (
  incident_id uuid not null references incidents,
  person_id uuid not null references people,
  outbox_id uuid,
  primary key (incident_id, person_id)
);
create index incident_people_by_person on incident_people (person_id, incident_id);

grant select, insert, delete on data_links to pandu_worker;
grant select, insert, update on data_requests, erasures, incidents, incident_people to pandu_web, pandu_worker;
grant select, update on retention_rules to pandu_web, pandu_worker;
grant select, insert on retention_runs to pandu_worker;
grant select on retention_runs to pandu_web;
grant usage on sequence data_request_numbers, incident_numbers to pandu_web, pandu_worker;

do $$
declare t text;
begin
  foreach t in array array['data_requests', 'erasures', 'retention_rules', 'retention_runs', 'incidents', 'incident_people'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
  -- Requests are the secretariat's; rules and incidents the administrators'.
  foreach t in array array['data_requests', 'erasures'] loop
    execute format('create policy sees_all on %I to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()))', t);
  end loop;
  foreach t in array array['retention_rules', 'retention_runs', 'incidents', 'incident_people'] loop
    execute format($policy$create policy administrators on %I to pandu_web
      using ((select exists (select from roles where person_id = actor_person() and role = 'administrator')))
      with check ((select exists (select from roles where person_id = actor_person() and role = 'administrator')))$policy$, t);
  end loop;
end $$;

-- What forgetting somebody takes away. Only the worker's role may: pages decide, a job forgets.
grant delete on journal_details, muted_addresses, blocked_senders, message_htmls, attachments, suggested_participants, follow_links, grants to pandu_worker;
-- A blob goes only when no row names it any more.
create index attachments_by_sha256 on attachments (sha256);
create index intake_items_in_blob on intake_items (sha256) where in_blob;
