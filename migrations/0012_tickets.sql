-- The desk, live: what is being written, who looks at a ticket, and what was sent already.

-- What somebody writes and has not sent: one for each person, ticket and kind, saved while they type.
create table drafts (
  ticket_id uuid not null references tickets,
  person_id uuid not null references people,
  kind text not null check (kind in ('reply', 'note', 'resolve')),
  fields jsonb not null,
  saved_at timestamptz not null default now(),
  primary key (ticket_id, person_id, kind)
);
create index drafts_oldest on drafts (saved_at);

-- Who has a ticket open, and what they do on it; a row for each open page, which says again and again that it is there. Unlogged:
-- after a crash of the database everybody says so anew.
create unlogged table presences (
  ticket_id uuid not null,
  page_id uuid not null,
  person_id uuid not null,
  doing text not null check (doing in ('viewing', 'reply', 'note', 'resolve', 'left')),
  -- counted by the page: a word that arrives late changes nothing
  turn int not null,
  since timestamptz not null default now(),
  until timestamptz not null,
  primary key (ticket_id, page_id)
);
create index presences_oldest on presences (until);

-- What was sent from which form, written in the transaction of the message: a form posted again with the same words (a second click,
-- a reload, an answer that was lost on the way) has been sent already.
create table sent_forms (
  ticket_id uuid not null references tickets,
  person_id uuid not null references people,
  -- made by the server when it showed the form
  send_id text not null check (length(send_id) between 16 and 100),
  -- SHA-256 over kind, words and files
  words_hash text not null,
  kind text not null check (kind in ('reply', 'note', 'resolve')),
  message_id uuid,
  at timestamptz not null default now(),
  primary key (ticket_id, person_id, send_id, words_hash)
);
create index sent_forms_oldest on sent_forms (at);

grant select, insert, update, delete on drafts, presences to pandu_web;
grant select, insert, update on sent_forms to pandu_web;
grant select, delete on drafts, presences, sent_forms to pandu_worker;

alter table drafts enable row level security;
alter table presences enable row level security;
alter table sent_forms enable row level security;
create policy worker_all on drafts to pandu_worker using (true) with check (true);
create policy worker_all on presences to pandu_worker using (true) with check (true);
create policy worker_all on sent_forms to pandu_worker using (true) with check (true);
-- A draft is nobody's but the writer's, and only while they see the ticket.
create policy own on drafts to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff()) and exists (select from tickets where tickets.id = drafts.ticket_id))
  with check (person_id = (select actor_person()) and (select actor_is_staff()) and exists (select from tickets where tickets.id = drafts.ticket_id));
create policy own on sent_forms to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff()))
  with check (person_id = (select actor_person()) and (select actor_is_staff()) and exists (select from tickets where tickets.id = sent_forms.ticket_id));
-- Colleagues see who is there wherever they see the ticket; requesters never. Nobody says it for another.
create policy seen on presences for select to pandu_web
  using ((select actor_is_staff()) and exists (select from tickets where tickets.id = presences.ticket_id));
create policy came on presences for insert to pandu_web
  with check (person_id = (select actor_person()) and (select actor_is_staff()) and exists (select from tickets where tickets.id = presences.ticket_id));
create policy stayed on presences for update to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff())) with check (person_id = (select actor_person()));
create policy left_it on presences for delete to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff()));
