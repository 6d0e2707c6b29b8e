-- The HTML form of a message, made harmless when it came; its text stands in the message. A table of its own, because lists and the
-- conversation never read it.
create table message_htmls (
  ticket_id uuid not null,
  message_id uuid not null,
  html text not null check (length(html) <= 1000000),
  -- pictures that would be fetched from elsewhere, and are not until somebody asks
  remote_images int not null default 0,
  primary key (ticket_id, message_id),
  foreign key (ticket_id, message_id) references messages (ticket_id, id)
);
-- By which name the HTML form mentions a picture that came with the message (RFC 2392).
alter table attachments add content_id text;

-- A message that somebody put here from the ticket which it had opened: which one that was.
alter table messages add moved_from uuid references tickets;
create index messages_moved on messages (moved_from) where moved_from is not null;

grant select, insert on message_htmls to pandu_web, pandu_worker;
alter table message_htmls enable row level security;
create policy worker_all on message_htmls to pandu_worker using (true) with check (true);
create policy with_message on message_htmls to pandu_web
  using (exists (select from messages m where m.ticket_id = message_htmls.ticket_id and m.id = message_htmls.message_id))
  with check (exists (select from messages m where m.ticket_id = message_htmls.ticket_id and m.id = message_htmls.message_id));
