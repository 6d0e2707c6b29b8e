-- By when an answer may be expected, and the days after which a quiet ticket moves on. Both are edited on a page.
create table answer_times (
  urgency text not null check (urgency in ('low', 'normal', 'high', 'emergency')),
  channel text not null check (channel in ('letter', 'other')),
  -- at most 160 hours: with the four hours that a desk is open each week at least, an answer is due within a year
  working_minutes int not null check (working_minutes between 1 and 9600),
  primary key (urgency, channel)
);
-- Start values: 24, 16, 8 and 2 working hours, half as long again for a letter, which comes and goes by post.
insert into answer_times (urgency, channel, working_minutes) values
  ('low', 'other', 1440), ('normal', 'other', 960), ('high', 'other', 480), ('emergency', 'other', 120),
  ('low', 'letter', 2160), ('normal', 'letter', 1440), ('high', 'letter', 720), ('emergency', 'letter', 180);

create table quiet_rules (
  only_row boolean primary key default true check (only_row),
  remind_after_working_days int not null default 5 check (remind_after_working_days between 1 and 60),
  resolve_after_working_days int not null default 10 check (resolve_after_working_days between 2 and 120),
  close_after_days int not null default 30 check (close_after_days between 1 and 365),
  -- an answer to a closed ticket reopens it within these days; later it opens a linked ticket
  reopen_within_days int not null default 60 check (reopen_within_days between 0 and 3650),
  check (resolve_after_working_days > remind_after_working_days)
);
insert into quiet_rules default values;

create table clocks (
  ticket_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('answer')),
  -- what the due time was reckoned from; a ticket that gets another urgency or desk is reckoned anew
  urgency text not null,
  desk_id uuid not null references desks,
  time_zone text not null,
  working_minutes int not null,
  started_at timestamptz not null,
  due_at timestamptz not null,
  -- how the due time was reckoned, day by day: what "show the sum" prints
  sum jsonb not null,
  stopped_at timestamptz,
  primary key (ticket_id, id)
);
create unique index one_running_clock on clocks (ticket_id, kind) where stopped_at is null;
create index clocks_due on clocks (due_at, ticket_id) where stopped_at is null;
alter table clocks enable row level security;
create policy worker_all on clocks to pandu_worker using (true) with check (true);
create policy with_ticket on clocks for select to pandu_web using (exists (select from tickets where tickets.id = clocks.ticket_id));

grant select on answer_times, quiet_rules, clocks to pandu_web, pandu_worker;
grant insert, update on answer_times, quiet_rules to pandu_web, pandu_worker;
grant insert, update on clocks to pandu_worker;
