-- Texts that come in parts, and what was commanded by text.

-- A longer SMS of which the first part came. Forgotten some days after its last one: the ledger keeps the bytes.
create table received_texts (
  id uuid primary key,
  channel text not null check (channel in ('sms', 'whatsapp', 'telegram')),
  -- Who sent it and to which number of ours, as they are compared.
  address text not null,
  receiver text not null,
  reference text not null,
  total int not null check (total between 2 and 255),
  -- When the last of its parts was placed here.
  last_at timestamptz not null,
  -- The item as which it was settled, whole or with gaps; null while its parts are waited for.
  item_id uuid
);
create index received_texts_by_reference on received_texts (channel, address, receiver, reference);
create index received_texts_waiting on received_texts (last_at, id) where item_id is null;
create index received_texts_by_last_at on received_texts (last_at);

create table text_parts (
  text_id uuid not null references received_texts on delete cascade,
  number int not null check (number >= 1),
  item_id uuid not null,
  text text not null,
  at timestamptz not null,
  primary key (text_id, number)
);
create unique index text_parts_by_item on text_parts (item_id);

-- What was done at the command of a text, to take it back for five minutes.
create table text_commands (
  id uuid primary key,
  channel text not null check (channel in ('sms', 'whatsapp', 'telegram')),
  address text not null,
  word text not null check (word in ('solved', 'not_solved', 'rate', 'stop', 'resume')),
  -- Upward; null for what is about the number itself.
  ticket_id uuid,
  -- What stood there before: {"state": "resolved"}, {"score": 3}.
  before jsonb not null default '{}',
  done_at timestamptz not null,
  undo_until timestamptz not null,
  undone_at timestamptz
);
create index text_commands_by_address on text_commands (channel, address, done_at desc);

grant select, insert, update, delete on received_texts, text_parts, text_commands to pandu_worker;
grant select on received_texts, text_parts to pandu_web;
alter table received_texts enable row level security;
alter table text_parts enable row level security;
alter table text_commands enable row level security;
create policy worker_all on received_texts to pandu_worker using (true) with check (true);
create policy worker_all on text_parts to pandu_worker using (true) with check (true);
create policy worker_all on text_commands to pandu_worker using (true) with check (true);
-- As visible as the item in which it lies.
create policy with_item on text_parts for select to pandu_web using (exists (select from intake_items i where i.id = text_parts.item_id));
create policy with_part on received_texts for select to pandu_web using (exists (select from text_parts p where p.text_id = received_texts.id));
