-- Telephone calls: as an exchange tells of them, and as somebody at a desk writes them down.

-- Our own numbers, and whose telephone rings. A number that stands nowhere is the secretariat's.
create table phone_lines (
  -- as contact_points.normalised, or a short number as the exchange tells it
  number text primary key check (length(number) between 1 and 40),
  desk_id uuid not null references desks
);
create index phone_lines_by_desk on phone_lines (desk_id, number);

-- One caller whom somebody is to call back: one row however often they rang, until it is done.
create table call_backs (
  id uuid primary key,
  desk_id uuid not null references desks,
  -- normalised; null once it was forgotten
  number text,
  ticket_id uuid not null,
  ticket_number bigint not null,
  -- Nobody answered, or somebody who was spoken to is to be called again.
  reason text not null check (reason in ('missed', 'wanted')),
  first_at timestamptz not null,
  last_at timestamptz not null,
  times int not null default 1 check (times >= 0),
  -- When they said that they can be reached.
  planned_at timestamptz,
  done_at timestamptz,
  -- Null with done_at: the ticket came to its end, or the exchange told of the call.
  done_by uuid references people
);
create unique index one_open_call_back on call_backs (desk_id, number) where done_at is null;
create index call_backs_by_ticket on call_backs (ticket_id);
create index call_backs_open on call_backs (desk_id, last_at) where done_at is null;

create table calls (
  id uuid primary key,
  -- Which exchange, token:ID, or `hand` for what was written down without one.
  source text not null check (length(source) between 1 and 80),
  -- The exchange's id of the call.
  remote_id text not null check (length(remote_id) between 1 and 200),
  direction text not null default 'in' check (direction in ('in', 'out')),
  desk_id uuid not null references desks,
  -- The other side's number as it was told ('' where it is hidden), and normalised where it is one. Null: not told yet, or forgotten.
  number_told text,
  number text,
  -- Our number that was called, as it was told.
  our_number text,
  extension text,
  -- What the exchange says of a call that failed: 408, 486.
  status text,
  -- Each is told once, in any order and perhaps never; the earliest that was told.
  rang_at timestamptz,
  answered_at timestamptz,
  missed_at timestamptz,
  ended_at timestamptz,
  -- Never steps back, because none of the four is ever taken away.
  state text not null generated always as (case when ended_at is not null then 'ended' when answered_at is not null then 'answered'
    when missed_at is not null then 'missed' else 'ringing' end) stored,
  -- When it began, as far as is known.
  at timestamptz not null,
  -- Who took it.
  agent_id uuid references people,
  taken_at timestamptz,
  -- What was written down about it.
  person_id uuid references people,
  ticket_id uuid,
  ticket_number bigint,
  note text not null default '',
  result text check (result in ('noted', 'solved', 'call_back', 'wrong_number')),
  logged_at timestamptz,
  -- Which caller to be called back this missed call counts for; or why for none.
  call_back_id uuid references call_backs,
  left_alone text check (left_alone in ('hidden', 'internal', 'own', 'blocked', 'logged')),
  unique (source, remote_id)
);
create index calls_by_desk on calls (desk_id, at desc, id desc);
create index calls_by_number on calls (number, at desc) where number is not null;
create index calls_by_ticket on calls (ticket_id, at) where ticket_id is not null;
create index calls_by_call_back on calls (call_back_id) where call_back_id is not null;
create index calls_by_person on calls (person_id) where person_id is not null;
-- What an exchange never told the end of.
create index calls_open on calls (at) where missed_at is null and answered_at is null and logged_at is null;

-- Who said that they take calls, and is there.
create table call_takers (
  person_id uuid primary key references people,
  extension text not null default '' check (length(extension) <= 40),
  since timestamptz not null,
  -- Their open page moves it on.
  until timestamptz not null
);

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'calls', 'person_id', '{id}', true),
  ('people', 'calls', 'agent_id', '{}', false),
  ('people', 'call_backs', 'done_by', '{}', false),
  ('people', 'call_takers', 'person_id', '{}', false);
insert into retention_rules (kind, keep_days) values ('call_numbers', 365);

grant select, insert, update, delete on phone_lines, call_backs, calls, call_takers to pandu_worker;
grant select, insert, delete on phone_lines to pandu_web;
grant select, insert, delete on call_takers to pandu_web;
grant update (extension, since, until) on call_takers to pandu_web;
grant select, insert on calls, call_backs to pandu_web;
grant update (number_told, number, agent_id, taken_at, person_id, ticket_id, ticket_number, note, result, logged_at) on calls to pandu_web;
grant update (planned_at, done_at, done_by) on call_backs to pandu_web;

alter table calls enable row level security;
alter table call_backs enable row level security;
alter table call_takers enable row level security;
create policy worker_all on calls to pandu_worker using (true) with check (true);
create policy worker_all on call_backs to pandu_worker using (true) with check (true);
create policy worker_all on call_takers to pandu_worker using (true) with check (true);

-- A desk's calls are its own and the secretariat's; what hangs on a ticket is read by whoever works it.
create policy seen on calls for select to pandu_web using ((select actor_works())
  and ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[]) or (ticket_id is not null and is_seen(ticket_id))));
create policy written_down on calls for insert to pandu_web with check ((select actor_works())
  and agent_id = (select actor_person()) and ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[])));
create policy worked on calls for update to pandu_web using ((select actor_works())
  and ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[])));
create policy seen on call_backs for select to pandu_web using ((select actor_works())
  and ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[]) or is_seen(ticket_id)));
create policy planned on call_backs for insert to pandu_web with check ((select actor_works())
  and ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[])));
create policy worked on call_backs for update to pandu_web using ((select actor_works())
  and ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[])));
create policy colleagues on call_takers for select to pandu_web using (person_id = (select actor_person()) or ((select actor_works())
  and ((select actor_sees_all()) or exists (select from desk_members m
    where m.person_id = call_takers.person_id and m.desk_id = any ((select actor_desks())::uuid[])))));
create policy self on call_takers for insert to pandu_web with check ((select actor_works()) and person_id = (select actor_person()));
create policy self_goes_on on call_takers for update to pandu_web using (person_id = (select actor_person()));
create policy self_ends on call_takers for delete to pandu_web using (person_id = (select actor_person()));
