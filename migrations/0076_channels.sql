-- How each process that sends texts finds its gateways; another process, a page or ./pandu doctor, reads it. Written every few seconds; what is
-- old belongs to a process that ended.
create table gateway_states (
  process_id uuid not null,
  name text not null,
  kind text not null check (kind in ('kannel', 'smpp', 'gammu', 'http', 'whatsapp', 'telegram')),
  channel text not null check (channel in ('sms', 'whatsapp', 'telegram')),
  -- null: nobody can know before something is sent
  connected boolean,
  since timestamptz,
  last_error text,
  seen_at timestamptz not null,
  primary key (process_id, name)
);
grant select, insert, update, delete on gateway_states to pandu_worker;
grant select on gateway_states to pandu_web;
alter table gateway_states enable row level security;
create policy worker_all on gateway_states to pandu_worker using (true) with check (true);
create policy administrators on gateway_states for select to pandu_web using ((select actor_administers()));

-- Texts are claimed apart from mails, and there may be a hundred thousand of those.
create index outbox_texts_due on outbox (next_attempt_at, id) where state in ('waiting', 'sending') and channel <> 'email';
-- Reports that nobody asked for are thrown away after a while.
create index early_reports_by_age on early_reports (item_id);
