-- The bot of PANDU_TELEGRAM_TOKEN: how far its updates are taken, and how Telegram reaches us. No person stands here.
create table telegram_bots (
  -- the number in front of its token
  bot_id bigint primary key,
  username text,
  -- The newest update that stands in the ledger. Telegram numbers in sequence, but anew after a week without any.
  last_update_id bigint,
  last_update_at timestamptz,
  -- How updates came last: brought by Telegram, or fetched by us.
  way text check (way in ('webhook', 'polling')),
  -- An administrator pressed "set the webhook"; where Telegram has lost it, it is set again.
  webhook_wanted boolean not null default false,
  state text not null default 'failing' check (state in ('open', 'failing')),
  state_since timestamptz not null default now(),
  -- When Telegram last answered us.
  checked_at timestamptz,
  last_error text,
  -- What getWebhookInfo said then.
  webhook_url text,
  pending int,
  webhook_error text,
  webhook_error_at timestamptz
);

-- Which updates stand in the ledger, so that a gap between their numbers is seen. Kept for days.
create table telegram_updates (
  bot_id bigint not null,
  update_id bigint not null,
  taken_at timestamptz not null,
  primary key (bot_id, update_id)
);

grant select, insert, update, delete on telegram_bots, telegram_updates to pandu_worker;
grant select, insert, update on telegram_bots to pandu_web;
grant select on telegram_updates to pandu_web;
