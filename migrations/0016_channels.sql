-- Mail that goes out: limits for each destination and each address, and addresses that are dead for now.
alter table outbox add column address text not null default '';
comment on column outbox.address is 'the recipient in the form in which addresses are compared';
update outbox set address = lower(recipient);
-- A destination that hangs or refuses holds up only its own mail.
alter table outbox add column destination text not null generated always as (substring(address from '[^@]*$')) stored;
create index outbox_left on outbox (address, kind, sent_at) where sent_at is not null;

-- An address of which a mail host said that nobody lives there. It gets nothing until then, visibly; sign-in mails go all the same.
create table muted_addresses (
  id uuid primary key,
  channel text not null check (channel in ('email', 'sms', 'whatsapp', 'telegram')),
  -- as contact_points.normalised
  address text not null,
  -- what was said: an enhanced status such as 5.1.1, or a reply code
  status text not null,
  outbox_id uuid not null,
  muted_at timestamptz not null,
  until timestamptz not null,
  lifted_by uuid references people,
  lifted_at timestamptz
);
create unique index muted_addresses_live on muted_addresses (channel, address) where lifted_at is null;

grant select, insert, update on muted_addresses to pandu_worker;
grant select on muted_addresses to pandu_web;
grant update (lifted_by, lifted_at) on muted_addresses to pandu_web;
alter table muted_addresses enable row level security;
create policy worker_all on muted_addresses to pandu_worker using (true) with check (true);
-- Whoever sees somebody with this address sees that it is muted, and may lift it.
create policy staff on muted_addresses to pandu_web using (
  (select actor_sees_all())
  or ((select actor_is_staff()) and exists (select from contact_points c
    where c.channel = muted_addresses.channel and c.normalised = muted_addresses.address)));
