-- The intake ledger (what came), the outbox (what goes out), and what keeps both from looping.
create table intake_items (
  id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'whatsapp', 'telegram', 'phone', 'web', 'api')),
  received_at timestamptz not null default now(),
  -- Raw bytes up to 256 KB stand in the row; larger ones in the blob named by sha256.
  raw bytea,
  in_blob boolean not null default false,
  size bigint not null,
  sha256 text not null,
  fingerprint text not null,
  envelope_from text,
  remote text,
  recipients text[] not null default '{}',
  attempts int not null default 0,
  lease_until timestamptz,
  outcome text check (outcome in ('ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused')),
  reason text,
  settled_at timestamptz,
  -- Upward references are plain ids; a ticket's number never changes, so it stands beside its id.
  ticket_id uuid,
  ticket_number bigint,
  ticket_message_id uuid,
  duplicate_of uuid,
  possible_ticket_id uuid,
  possible_ticket_number bigint,
  message_id text,
  sender_name text,
  sender_address text,
  subject text,
  text text,
  attachments jsonb not null default '[]',
  primary key (id),
  check ((outcome is null) = (settled_at is null)),
  check (outcome is distinct from 'duplicate' or duplicate_of is not null)
) partition by range (id);
alter table intake_items alter column raw set storage external;
create table intake_items_default partition of intake_items default;
select make_partitions('intake_items', 3);
create index intake_items_open on intake_items (id) where outcome is null;
create index intake_items_by_ticket on intake_items (ticket_id) where ticket_id is not null;
create index intake_items_held on intake_items (id desc) where outcome in ('quarantined', 'refused');

-- Uniqueness across months: a fingerprint names its first item for ever.
create table intake_fingerprints (
  fingerprint text primary key,
  item_id uuid not null
);

-- Every mail id we sent, received or saw referenced, and the ticket it belongs to.
create table mail_ids (
  mail_id text not null check (length(mail_id) <= 998),
  ticket_id uuid not null,
  origin text not null check (origin in ('sent', 'received', 'referenced')),
  at timestamptz not null default now(),
  primary key (mail_id, ticket_id)
);
create index mail_ids_by_ticket on mail_ids (ticket_id, at);

create table outbox (
  id uuid primary key,
  channel text not null check (channel in ('email', 'sms', 'whatsapp', 'telegram')),
  kind text not null check (kind in ('acknowledgement', 'reply', 'notice', 'link', 'sign_in', 'offer')),
  recipient text not null,
  recipient_name text not null default '',
  recipient_id uuid,
  subject text not null default '',
  text text not null,
  language text not null default 'id',
  automatic boolean not null,
  mail_id text,
  in_reply_to text,
  mail_references text[] not null default '{}',
  reply_to text,
  attachments jsonb not null default '[]',
  -- upward references are plain ids, with the number that never changes
  about_id uuid,
  about_number bigint,
  message_id uuid,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'kept', 'delivered', 'failed', 'muted', 'cancelled')),
  attempts int not null default 0,
  not_before timestamptz not null default now(),
  next_attempt_at timestamptz,
  lease_until timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index outbox_due on outbox (next_attempt_at, id) where state in ('waiting', 'sending');
create index outbox_by_about on outbox (about_id, created_at) where about_id is not null;
create index outbox_by_message on outbox (message_id) where message_id is not null;
create index outbox_by_mail_id on outbox (mail_id);
create index outbox_newest on outbox (id desc);

-- Acknowledgements caused by mail or form, and links sent again: at most one an hour and three a day to one address.
-- What is held back waits here and is gathered into one later mail.
create table acknowledgements (
  id uuid primary key,
  address text not null,
  ticket_id uuid not null,
  person_id uuid not null,
  kind text not null check (kind in ('acknowledgement', 'link')),
  at timestamptz not null default now(),
  outbox_id uuid,
  held boolean not null default false
);
create index acknowledgements_by_address on acknowledgements (address, at desc);
create index acknowledgements_held on acknowledgements (address, at) where held;

create table blocked_senders (
  id uuid primary key,
  channel text not null check (channel in ('email', 'phone')),
  address text not null,
  reason text not null default '',
  blocked_by uuid references people,
  blocked_at timestamptz not null default now(),
  lifted_by uuid references people,
  lifted_at timestamptz
);
create unique index blocked_senders_live on blocked_senders (channel, address) where lifted_at is null;

grant select, insert, update on intake_items, intake_fingerprints, outbox, acknowledgements, blocked_senders to pandu_worker;
grant select, insert on mail_ids to pandu_worker, pandu_web;
grant delete on acknowledgements, mail_ids to pandu_worker;
grant select, update on intake_items to pandu_web;
grant select, insert, update on outbox, blocked_senders to pandu_web;
grant select on acknowledgements to pandu_web;
