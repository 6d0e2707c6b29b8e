-- Whoever has only a telephone number or a chat asks about their data there. The sender of a text can be forged, so the number proves itself by a code that
-- was sent to it.
alter table data_links
  add column channel text not null default 'email' check (channel in ('email', 'phone', 'telegram')),
  -- By which a number or chat is answered.
  add column via text check (via in ('sms', 'whatsapp', 'telegram')),
  -- What a text asked for, and that text: its job may run twice.
  add column kind text check (kind in ('copy', 'restriction', 'correction', 'erasure')),
  add column item_id uuid unique,
  -- Keyed. Until it was typed or came back the link opens nothing.
  add column code_hash text,
  add column tries int not null default 0,
  add column proved_at timestamptz,
  add check ((channel = 'email') = (via is null)),
  add check ((kind is null) = (item_id is null));
create index data_links_by_number on data_links (channel, address) where code_hash is not null;
grant update (tries, proved_at, expires_at) on data_links to pandu_worker;

alter table data_requests drop constraint data_requests_channel_check;
alter table data_requests add constraint data_requests_channel_check check (channel in ('web', 'desk', 'sms', 'whatsapp', 'telegram'));
alter table data_requests add column answer_way text not null default 'email' check (answer_way in ('email', 'sms', 'whatsapp', 'telegram'));
