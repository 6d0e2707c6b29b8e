-- Texts as equals of mail: SMS, WhatsApp and Telegram, in and out.

-- A Telegram chat is an address of its own; SMS and WhatsApp speak to telephone numbers.
alter table contact_points drop constraint contact_points_channel_check;
alter table contact_points add constraint contact_points_channel_check check (channel in ('email', 'phone', 'telegram'));
alter table blocked_senders drop constraint blocked_senders_channel_check;
alter table blocked_senders add constraint blocked_senders_channel_check check (channel in ('email', 'phone', 'telegram'));

-- By which channel somebody is answered on this ticket: the one by which they wrote last.
-- Null: what their contact point is for (mail, SMS for a number, Telegram).
alter table participants add column channel text check (channel in ('email', 'sms', 'whatsapp', 'telegram'));

-- The gateway that took it; null until one did.
alter table outbox add column gateway text;
alter table outbox add column delivered_at timestamptz;
-- WhatsApp says when it was read.
alter table outbox add column read_at timestamptz;
-- What only one channel knows: {"template": {...}}, {"buttons": [...]}.
alter table outbox add column options jsonb not null default '{}';

-- One text to one recipient as a gateway takes it: one part, or several. Written down before the gateway is asked, so that after a crash
-- it is known that it may have gone.
create table outbox_parts (
  outbox_id uuid not null references outbox on delete cascade,
  number int not null check (number >= 1),
  gateway text not null,
  -- What its reports call it; null while it has not answered, and where its reports name our own id.
  remote_id text,
  handed_at timestamptz not null,
  accepted_at timestamptz,
  state text not null default 'handed' check (state in ('handed', 'accepted', 'sent', 'delivered', 'failed')),
  state_at timestamptz not null,
  error text,
  primary key (outbox_id, number)
);
create unique index outbox_parts_by_remote_id on outbox_parts (gateway, remote_id) where remote_id is not null;

-- What a gateway reported about a part that nobody knows yet: its report overtook its own answer. Applied when the answer comes.
create table early_reports (
  gateway text not null,
  remote_id text not null,
  state text not null check (state in ('sent', 'delivered', 'read', 'failed')),
  at timestamptz not null,
  error text,
  item_id uuid not null,
  primary key (gateway, remote_id, state)
);

-- What we know of a number or chat beside its tickets.
create table conversations (
  channel text not null check (channel in ('sms', 'whatsapp', 'telegram')),
  -- as contact_points.normalised
  address text not null,
  -- They wrote STOP: nothing is written to them until they write MULAI.
  stopped_at timestamptz,
  -- WhatsApp lets us write freely for 24 hours from here.
  last_in_at timestamptz,
  -- The ticket in which what they write goes on, and until when.
  ticket_id uuid,
  continues_until timestamptz,
  -- The one thing that we asked last and that their next text may answer: {"kind": "which_ticket", ...}; null when nothing is asked.
  question jsonb,
  asked_at timestamptz,
  primary key (channel, address)
);
create index conversations_by_ticket on conversations (ticket_id) where ticket_id is not null;

grant select, insert, update, delete on outbox_parts, early_reports, conversations to pandu_worker;
grant select on outbox_parts, conversations to pandu_web;
alter table outbox_parts enable row level security;
create policy worker_all on outbox_parts to pandu_worker using (true) with check (true);
create policy with_outbox on outbox_parts for select to pandu_web using (exists (select from outbox o where o.id = outbox_parts.outbox_id));
alter table early_reports enable row level security;
create policy worker_all on early_reports to pandu_worker using (true) with check (true);
alter table conversations enable row level security;
create policy worker_all on conversations to pandu_worker using (true) with check (true);
-- Whoever sees somebody with this number or chat sees what may be written to it.
create policy staff on conversations for select to pandu_web using (
  (select actor_sees_all())
  or ((select actor_is_staff()) and exists (select from contact_points c
    where c.channel = case when conversations.channel = 'telegram' then 'telegram' else 'phone' end and c.normalised = conversations.address)));
