-- Whom a mail was also sent to. That gives nobody anything: it is told to those who work the ticket, who may let somebody take part. No
-- person is made of an address that nobody has looked at.
create table suggested_participants (
  ticket_id uuid not null references tickets,
  normalised text not null check (length(normalised) <= 320),
  address text not null check (length(address) <= 320),
  name text not null default '' check (length(name) <= 200),
  message_id uuid not null,
  suggested_at timestamptz not null default now(),
  -- what somebody decided, and who
  answer text check (answer in ('added', 'dismissed')),
  answered_by uuid references people,
  answered_at timestamptz,
  primary key (ticket_id, normalised),
  check ((answer is null) = (answered_at is null))
);
grant select, insert, update on suggested_participants to pandu_web, pandu_worker;
alter table suggested_participants enable row level security;
create policy worker_all on suggested_participants to pandu_worker using (true) with check (true);
-- Whoever asked need not learn whom a mail on their ticket was copied to.
create policy staff on suggested_participants to pandu_web
  using ((select actor_is_staff()) and exists (select from tickets where tickets.id = suggested_participants.ticket_id))
  with check ((select actor_is_staff()) and exists (select from tickets where tickets.id = suggested_participants.ticket_id));
