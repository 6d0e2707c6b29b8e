-- The ticket, everything told by the rows around it, and the wall that guards both.
create sequence ticket_numbers start 10001;

-- Damm's check digit (H. M. Damm, 2004): finds every single wrong digit and every swap of neighbours.
create function damm_digit(number bigint) returns int language plpgsql immutable strict parallel safe as $$
declare
  quasigroup constant text := '0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790';
  interim int := 0;
begin
  for i in 1 .. length(number::text) loop
    interim := substr(quasigroup, interim * 10 + substr(number::text, i, 1)::int + 1, 1)::int;
  end loop;
  return interim;
end $$;
create function next_ticket_number() returns bigint language plpgsql volatile as $$
declare n bigint := nextval('ticket_numbers');
begin
  return n * 10 + damm_digit(n);
end $$;

create table tickets (
  id uuid primary key,
  number bigint not null unique default next_ticket_number(),
  subject text not null check (length(subject) between 1 and 200),
  state text not null default 'new' check (state in ('new', 'open', 'waiting', 'referred', 'resolved', 'closed')),
  channel text not null check (channel in ('email', 'sms', 'whatsapp', 'telegram', 'phone', 'web', 'api', 'letter', 'walk_in')),
  urgency text not null default 'normal' references urgencies,
  kind text not null default 'not_known' check (kind in ('free_help', 'paid', 'not_known')),
  language text not null default 'id' check (language in ('id', 'en')),
  region_code text references regions,
  topic_code text references topics,
  requester_id uuid not null references people,
  organisation_id uuid references organisations,
  -- as the requester told it; a person links it to the directory
  institution text check (length(institution) between 1 and 200),
  holder_desk_id uuid not null references desks,
  holder_person_id uuid references people,
  holder_since timestamptz not null default now(),
  -- flagged because it may belong to another ticket, or its sender could not be trusted
  possible_ticket_id uuid references tickets,
  spam_at timestamptz,
  created_at timestamptz not null default now(),
  -- oldest message of the requester not yet answered outwardly; null while waiting for the requester, resolved or closed
  waiting_since timestamptz,
  -- by when an answer is promised; reckoned by the service levels, kept here because every list shows it
  due_at timestamptz,
  state_since timestamptz not null default now(),
  reminded_at timestamptz,
  check (state not in ('waiting', 'resolved', 'closed') or waiting_since is null)
);
-- The work lists: what waits longest first; what waits for nothing comes last, hence 'infinity', so that a cursor can compare rows.
create index tickets_waiting on tickets (holder_desk_id, coalesce(waiting_since, 'infinity'::timestamptz), id)
  where state in ('new', 'open', 'referred') and spam_at is null;
create index tickets_waiting_all on tickets (coalesce(waiting_since, 'infinity'::timestamptz), id)
  where state in ('new', 'open', 'referred') and spam_at is null;
create index tickets_by_holder on tickets (holder_person_id, coalesce(waiting_since, 'infinity'::timestamptz), id)
  where holder_person_id is not null and spam_at is null;
create index tickets_possible on tickets (id) where possible_ticket_id is not null;
create index tickets_spam on tickets (created_at desc, id desc) where spam_at is not null;
create index tickets_by_requester on tickets (requester_id, id);
create index tickets_newest on tickets (created_at desc, id desc);
create index tickets_by_state on tickets (state, state_since, id) where state in ('waiting', 'resolved');

-- Every desk that holds or held a ticket goes on seeing it.
create table ticket_desks (
  ticket_id uuid not null references tickets,
  desk_id uuid not null references desks,
  since timestamptz not null default now(),
  primary key (ticket_id, desk_id)
);
create index ticket_desks_by_desk on ticket_desks (desk_id, ticket_id);

create table messages (
  ticket_id uuid not null references tickets,
  id uuid not null,
  direction text not null check (direction in ('in', 'out', 'note')),
  channel text not null,
  author_id uuid references people,
  text text not null,
  quoted_text text,
  at timestamptz not null default now(),
  intake_item_id uuid,
  -- until then it can be taken back, and the requester does not see it
  leaves_at timestamptz not null default now(),
  taken_back_at timestamptz,
  primary key (ticket_id, id)
);

create table attachments (
  ticket_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  type text not null,
  size bigint not null,
  sha256 text not null references blobs,
  primary key (ticket_id, id),
  foreign key (ticket_id, message_id) references messages (ticket_id, id)
);

create table participants (
  ticket_id uuid not null references tickets,
  person_id uuid not null references people,
  part text not null check (part in ('requester', 'participant', 'suggested')),
  since timestamptz not null default now(),
  -- The address by which they came to this ticket: only it gets the ticket's mails and links, and only mails from it are theirs.
  -- One that is written down later leads nowhere near the tickets from before, unless somebody who works the ticket chooses it.
  contact_point_id uuid,
  primary key (ticket_id, person_id),
  foreign key (contact_point_id, person_id) references contact_points (id, person_id)
);
create index participants_by_person on participants (person_id, ticket_id);
create index participants_by_contact_point on participants (contact_point_id, ticket_id);

-- What an agent recorded on behalf of somebody: a call, a walk-in, a letter with its own number and date.
create table recordings (
  ticket_id uuid primary key references tickets,
  recorded_by uuid not null references people,
  letter_number text,
  letter_date date
);

create table resolutions (
  ticket_id uuid not null references tickets,
  id uuid not null,
  problem text not null check (length(problem) between 1 and 10000),
  cause text,
  alternatives text,
  steps text not null check (length(steps) between 1 and 20000),
  -- the message that told the requester; taking it back takes the resolution back
  message_id uuid,
  resolved_by uuid references people,
  resolved_at timestamptz not null default now(),
  -- the requester said so, or it was taken back
  confirmed_at timestamptz,
  reopened_at timestamptz,
  primary key (ticket_id, id)
);
create unique index one_live_resolution on resolutions (ticket_id) where reopened_at is null;

create table closures (
  ticket_id uuid not null references tickets,
  id uuid not null,
  reason text not null check (reason in ('solved', 'out_of_scope', 'duplicate', 'withdrawn', 'no_answer')),
  pointer text,
  duplicate_of uuid references tickets,
  closed_by uuid references people,
  closed_at timestamptz not null default now(),
  reopened_at timestamptz,
  primary key (ticket_id, id),
  check (reason <> 'out_of_scope' or pointer is not null)
);
create unique index one_live_closure on closures (ticket_id) where reopened_at is null;

create table ratings (
  ticket_id uuid not null references tickets,
  id uuid not null,
  score int not null check (score between 1 and 5),
  words text not null default '' check (length(words) <= 2000),
  person_id uuid references people,
  rated_at timestamptz not null default now(),
  primary key (ticket_id)
);

create table ticket_links (
  ticket_id uuid not null references tickets,
  other_id uuid not null references tickets,
  kind text not null check (kind in ('follow_up', 'duplicate', 'related')),
  made_by uuid references people,
  made_at timestamptz not null default now(),
  primary key (ticket_id, other_id),
  check (ticket_id <> other_id)
);
create index ticket_links_by_other on ticket_links (other_id, ticket_id);

-- The secret link of one person to one ticket, stored hashed.
create table follow_links (
  token_hash text primary key,
  ticket_id uuid not null references tickets,
  person_id uuid not null references people,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index follow_links_by_ticket on follow_links (ticket_id, person_id);

-- What is searched: words and, as lexemes, who may see it (zorg…, zdesk…, zticket…, zstaff). Written by a job.
create table search_documents (
  ticket_id uuid primary key references tickets,
  at timestamptz not null,
  tsv tsvector not null
);
create index search_documents_words on search_documents using gin (tsv) with (fastupdate = off);
create index search_documents_newest on search_documents (at desc, ticket_id);

grant select, insert, update on tickets, messages, participants, resolutions, closures, ratings, recordings, ticket_links to pandu_web, pandu_worker;
grant select, insert on ticket_desks, attachments to pandu_web, pandu_worker;
grant delete on ticket_links, participants to pandu_web;
grant select, insert, update on follow_links to pandu_worker;
grant insert on follow_links to pandu_web;
grant select, insert, update, delete on search_documents to pandu_worker;
grant usage on sequence ticket_numbers to pandu_web, pandu_worker;

-- The wall. Settings are wrapped in (select …) so that they are read once a statement, not once a row.
alter table tickets enable row level security;
alter table ticket_desks enable row level security;
alter table messages enable row level security;
alter table attachments enable row level security;
alter table participants enable row level security;
alter table recordings enable row level security;
alter table resolutions enable row level security;
alter table closures enable row level security;
alter table ratings enable row level security;
alter table ticket_links enable row level security;
alter table follow_links enable row level security;
alter table intake_items enable row level security;
alter table outbox enable row level security;
alter table acknowledgements enable row level security;
alter table blocked_senders enable row level security;
alter table facts enable row level security;
alter table journal_details enable row level security;

do $$
declare t text;
begin
  foreach t in array array['tickets', 'ticket_desks', 'messages', 'attachments', 'participants', 'recordings', 'resolutions', 'closures', 'ratings',
    'ticket_links', 'follow_links', 'intake_items', 'outbox', 'acknowledgements', 'blocked_senders', 'facts', 'journal_details'] loop
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
  -- Children are as visible as their ticket; internal notes never to a requester.
  foreach t in array array['participants', 'recordings', 'resolutions', 'closures', 'ratings', 'ticket_links'] loop
    execute format('create policy with_ticket on %I to pandu_web using (exists (select from tickets where tickets.id = %I.ticket_id))
                    with check (exists (select from tickets where tickets.id = %I.ticket_id))', t, t, t);
  end loop;
end $$;

create policy seen on tickets for select to pandu_web using (
  (select actor_sees_all())
  or holder_desk_id = any ((select actor_desks())::uuid[])
  or id = (select actor_ticket())
  or ((select actor_is_staff()) and exists (select from ticket_desks d where d.ticket_id = tickets.id and d.desk_id = any ((select actor_desks())::uuid[])))
  or (requester_id = (select actor_person()) and (select actor_ticket()) is null)
  or exists (select from grants g where g.person_id = (select actor_person()) and g.ticket_id = tickets.id
             and g.revoked_at is null and (g.until is null or g.until > now()))
);
-- Staff record tickets on behalf of others; a requester's own come through the intake.
create policy opened on tickets for insert to pandu_web with check ((select actor_is_staff()));
create policy changed on tickets for update to pandu_web using (true) with check (true);

create policy own_desks on ticket_desks for select to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_desks())::uuid[]));
create policy handed on ticket_desks for insert to pandu_web with check ((select actor_is_staff()));

create policy seen on messages for select to pandu_web using (
  exists (select from tickets where tickets.id = messages.ticket_id)
  and ((direction <> 'note' and taken_back_at is null) or (select actor_is_staff())));
create policy written on messages for insert to pandu_web with check (
  exists (select from tickets where tickets.id = messages.ticket_id) and (direction = 'in' or (select actor_is_staff())));
create policy changed on messages for update to pandu_web using ((select actor_is_staff())) with check ((select actor_is_staff()));
-- An attachment is as visible as its message, so that a note's file stays inside.
create policy with_message on attachments to pandu_web
  using (exists (select from messages m where m.ticket_id = attachments.ticket_id and m.id = attachments.message_id))
  with check (exists (select from messages m where m.ticket_id = attachments.ticket_id and m.id = attachments.message_id));
create policy made on follow_links for insert to pandu_web with check (exists (select from tickets where tickets.id = follow_links.ticket_id));

-- People. An agent sees and changes those who stand on a ticket that they see, and themselves; of colleagues the row with the name, not
-- the addresses. Functions, because these rules stand on tables that every list joins: written out, with the tickets' own rules inside,
-- they cost tens of milliseconds of planning a statement. So, like find_tickets, they say once more by which desks and grants one sees.
create function is_met(person uuid) returns boolean language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return exists (select from participants p join ticket_desks d on d.ticket_id = p.ticket_id
      where p.person_id = person and d.desk_id = any (actor_desks()))
    or exists (select from participants p join grants g on g.ticket_id = p.ticket_id
      where p.person_id = person and g.person_id = actor_person() and g.revoked_at is null and (g.until is null or g.until > now()));
end $$;
revoke all on function is_met from public;
grant execute on function is_met to pandu_web;
create function is_colleague(person uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from accounts a where a.person_id = person) or exists (select from desk_members m where m.person_id = person);
end $$;
-- Whom the actor meets, found from their tickets: asking person by person would walk the whole country. It only narrows; the policies decide.
create function people_met() returns setof uuid language sql stable security definer set search_path = pg_catalog, public as $$
  select p.person_id from ticket_desks d join participants p on p.ticket_id = d.ticket_id
  where actor_is_staff() and d.desk_id = any (actor_desks())
  union
  select p.person_id from grants g join participants p on p.ticket_id = g.ticket_id
  where g.person_id = actor_person() and g.revoked_at is null and (g.until is null or g.until > now())
  union
  select actor_person()
$$;
revoke all on function people_met from public;
grant execute on function people_met to pandu_web, pandu_worker;
create policy self_met_or_colleague on people for select to pandu_web using (
  (select actor_sees_all()) or id = (select actor_person()) or ((select actor_is_staff()) and (is_met(id) or is_colleague(id))));
create policy written_down on people for insert to pandu_web with check ((select actor_is_staff()));
create policy self_or_met on people for update to pandu_web using (
  (select actor_sees_all()) or id = (select actor_person()) or ((select actor_is_staff()) and is_met(id)));

-- Whoever writes down a new person writes down their address in the same breath, before there is a ticket. A person who stands
-- anywhere already is nobody's to add addresses to but theirs who see them.
create function stands_nowhere(person uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select not exists (select from participants p where p.person_id = person)
    and not exists (select from accounts a where a.person_id = person)
    and not exists (select from desk_members m where m.person_id = person)
    and not exists (select from roles r where r.person_id = person)
$$;
revoke all on function stands_nowhere from public;
grant execute on function stands_nowhere to pandu_web;
do $$
declare t text;
begin
  foreach t in array array['contact_points', 'consents'] loop
    execute format('create policy self_or_met on %I to pandu_web using (
      (select actor_sees_all()) or person_id = (select actor_person())
      or ((select actor_is_staff()) and is_met(person_id)))', t);
    execute format('create policy of_somebody_new on %I for insert to pandu_web with check ((select actor_is_staff()) and stands_nowhere(person_id))', t);
  end loop;
end $$;

-- What became of a ticket is as visible as the ticket. What has none (duplicates, reports, refused, quarantined, waiting) holds somebody's
-- words all the same: the secretariat sees it, and the desk that was addressed.
create policy staff on intake_items to pandu_web using (
  (select actor_sees_all())
  or ((select actor_is_staff()) and case
    when ticket_id is not null then exists (select from tickets where tickets.id = intake_items.ticket_id)
    else exists (select from desks d where d.id = any ((select actor_desks())::uuid[])
      and d.mail_local_part = any (select split_part(address, '@', 1) from unnest(recipients) as r (address)))
  end));
create policy staff on outbox to pandu_web using (
  ((select actor_sees_all()) or ((select actor_is_staff()) and about_id is not null and exists (select from tickets where tickets.id = outbox.about_id)))
  and (kind <> 'sign_in' or (select exists (select from roles where person_id = actor_person() and role = 'administrator'))))
  with check ((select actor_is_staff()) or (about_id is not null and exists (select from tickets where tickets.id = outbox.about_id)));
create policy staff on acknowledgements for select to pandu_web using ((select actor_sees_all()));
-- A block stops somebody everywhere, so no single desk makes, sees or lifts one.
create policy sees_all on blocked_senders to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()));

create policy seen on facts for select to pandu_web using (
  (select actor_sees_all()) or (ticket_id is not null and exists (select from tickets where tickets.id = facts.ticket_id)));
create policy recorded on facts for insert to pandu_web with check (true);
create policy seen on journal_details for select to pandu_web using ((select actor_sees_all()));
create policy recorded on journal_details for insert to pandu_web with check (true);

-- Search under the wall. Under a policy PostgreSQL uses no GIN index, because its operators are not leakproof. So the words are
-- looked up by this function, which adds the actor's own visibility lexemes to the query; the caller joins the guarded tables.
create function find_tickets(query tsquery, most int) returns table (ticket_id uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  mine tsquery;
  lexemes text[];
begin
  if actor_sees_all() then
    mine := to_tsquery('simple', 'zstaff');
  else
    lexemes := array(select 'zdesk' || replace(d::text, '-', '') from unnest(actor_desks()) d);
    if actor_person() is not null then
      lexemes := lexemes || ('zperson' || replace(actor_person()::text, '-', ''));
      -- tickets given by a grant are named one by one; a grant is rare
      lexemes := lexemes || array(select 'zticket' || replace(g.ticket_id::text, '-', '') from public.grants g
        where g.person_id = actor_person() and g.revoked_at is null and (g.until is null or g.until > now()) limit 2000);
    end if;
    if cardinality(lexemes) = 0 then return; end if;
    mine := to_tsquery('simple', array_to_string(lexemes, ' | '));
  end if;
  return query
    select s.ticket_id, ts_rank_cd(s.tsv, query) from public.search_documents s
    where s.tsv @@ (query && mine) order by s.at desc, s.ticket_id limit least(most, 1001);
end $$;
-- A role of its own, that can read the search rows and nothing else, owns the function.
grant select on search_documents, grants to pandu_search;
create policy search_reads on grants for select to pandu_search using (true);
grant create on schema public to pandu_search;
alter function find_tickets owner to pandu_search;
revoke create on schema public from pandu_search;
revoke all on function find_tickets from public;
grant execute on function find_tickets to pandu_web, pandu_worker;
