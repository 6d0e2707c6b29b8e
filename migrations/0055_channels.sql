-- Mails that were cut for sending (message/partial, RFC 2046 5.2.2): which piece lies in which row of the ledger, until all are there. One
-- sender's pieces are never joined with another's, and of two that claim the same place the first counts: otherwise a stranger could put a
-- piece of their own into somebody's mail.
create table mail_pieces (
  sender text not null,
  partial_id text not null,
  number int not null check (number >= 1),
  total int check (total >= number),
  item_id uuid not null,
  body_sha256 text not null,
  -- The item as which the whole was settled.
  joined_as uuid,
  primary key (sender, partial_id, number)
);
create index mail_pieces_by_item on mail_pieces (item_id);
grant select, insert, update, delete on mail_pieces to pandu_worker;
grant select on mail_pieces to pandu_web;
alter table mail_pieces enable row level security;
create policy worker_all on mail_pieces to pandu_worker using (true) with check (true);
-- As visible as the item in which it lies.
create policy with_item on mail_pieces to pandu_web
  using (exists (select from intake_items i where i.id = mail_pieces.item_id));
