-- A mailbox that we empty: how far, and how it goes. A mail is taken and remembered in one transaction, and marked or moved after it.
create table mailboxes (
  id uuid primary key,
  -- user@host:port/folder, never the password
  name text not null unique,
  -- What the server calls its numbering of mails; when it changes, old numbers mean nothing (RFC 9051 2.3.1.1).
  uid_validity bigint,
  last_uid bigint not null default 0,
  -- After a new numbering: below it lie mails that may have been taken under their old number.
  known_below bigint not null default 0,
  state text not null default 'failing' check (state in ('open', 'failing')),
  state_since timestamptz not null default now(),
  -- When we last knew that nothing new lay there.
  checked_at timestamptz,
  last_error text check (last_error in ('unreachable', 'encryption', 'sign_in', 'no_folder', 'lost', 'refused'))
);

-- Mails that stand in the ledger and are not marked or moved yet.
create table mailbox_marks (
  mailbox_id uuid not null references mailboxes,
  uid_validity bigint not null,
  uid bigint not null,
  -- Too large for us: it is flagged, and stays.
  too_large boolean not null default false,
  taken_at timestamptz not null default now(),
  primary key (mailbox_id, uid_validity, uid)
);

grant select, insert, update on mailboxes to pandu_worker;
grant select, insert, delete on mailbox_marks to pandu_worker;
grant select on mailboxes, mailbox_marks to pandu_web;
