-- Paid work: what is needed goes to whom the requester ticks; nobody at the association hears a price, because none is asked.
create table paid_needs (
  id uuid primary key,
  ticket_id uuid not null references tickets,
  -- As the requester agreed to it; whoever is asked reads the masked text of their own row, never this.
  scope text not null check (length(scope) between 1 and 4000),
  place text not null check (length(place) between 1 and 300),
  wanted_by date not null,
  state text not null default 'open' check (state in ('open', 'closed', 'withdrawn', 'expired')),
  -- Nobody is told before the requester agrees.
  agreed_at timestamptz,
  due_at timestamptz not null,
  ends_at timestamptz not null check (ends_at >= due_at),
  -- What the order in which they are listed was drawn by.
  seed text not null,
  opened_at timestamptz not null default now(),
  opened_by uuid references people,
  ended_at timestamptz,
  outcome text check (outcome in ('agreed', 'nobody')),
  outcome_answer_id uuid,
  check ((state = 'open') = (ended_at is null)),
  check ((state = 'closed') = (outcome is not null)),
  check ((outcome is not distinct from 'agreed') = (outcome_answer_id is not null)),
  unique (id, ticket_id)
);
create unique index one_live_paid_need on paid_needs (ticket_id) where state = 'open';
create index paid_needs_by_ticket on paid_needs (ticket_id, id);
create index paid_needs_due on paid_needs (due_at, id) where state = 'open';

create table paid_answers (
  id uuid primary key,
  need_id uuid not null,
  ticket_id uuid not null,
  desk_id uuid not null references desks,
  organisation_id uuid not null references organisations,
  position int not null check (position > 0),
  -- As it is told: without anything that names anybody.
  summary text not null check (length(summary) between 1 and 5000),
  region_code text not null references regions,
  wanted_by date not null,
  due_at timestamptz not null,
  invited_at timestamptz,
  answer text check (answer in ('interested', 'not_interested')),
  answered_at timestamptz,
  answered_by uuid references people,
  question text check (length(question) between 1 and 2000),
  asked_at timestamptz,
  reply text check (length(reply) between 1 and 2000),
  replied_at timestamptz,
  provider_confirmed_at timestamptz,
  requester_confirmed_at timestamptz,
  contacts_shown_at timestamptz,
  foreign key (need_id, ticket_id) references paid_needs (id, ticket_id),
  unique (need_id, desk_id),
  check ((answer is null) = (answered_at is null)),
  check ((question is null) = (asked_at is null)),
  check ((reply is null) = (replied_at is null)),
  check (invited_at is not null or (answer is null and question is null)),
  check (provider_confirmed_at is null or answer is not distinct from 'interested'),
  -- The association is no party: contacts only when both have said that they know it.
  check (contacts_shown_at is null or (provider_confirmed_at is not null and requester_confirmed_at is not null))
);
alter table paid_needs add foreign key (outcome_answer_id) references paid_answers;
create index paid_answers_by_ticket on paid_answers (ticket_id, need_id, position);
create index paid_answers_by_desk on paid_answers (desk_id, invited_at, id) where invited_at is not null;

-- How the two reach each other; read by nobody but them, and by them after both have confirmed.
create table paid_contacts (
  answer_id uuid not null references paid_answers,
  side text not null check (side in ('requester', 'provider')),
  person_id uuid not null references people,
  name text not null,
  addresses text[] not null,
  organisation_id uuid references organisations,
  primary key (answer_id, side)
);
create index paid_contacts_by_person on paid_contacts (person_id, answer_id);

-- The link of one contact's mail. Stored hashed; only the link's door reads them.
create table paid_links (
  token_hash text primary key,
  answer_id uuid not null references paid_answers,
  person_id uuid not null references people,
  made_at timestamptz not null default now()
);
create index paid_links_by_answer on paid_links (answer_id);
create index paid_links_by_person on paid_links (person_id);
-- Which fact was told of: a job may run twice.
create table paid_notices (
  fact_id uuid not null,
  answer_id uuid not null references paid_answers,
  at timestamptz not null default now(),
  primary key (fact_id, answer_id)
);

-- That two have an agreement, and its terms as data. No document is kept.
create table agreements (
  id uuid primary key,
  answer_id uuid not null references paid_answers,
  desk_id uuid not null references desks,
  organisation_id uuid not null references organisations,
  customer_id uuid not null references organisations,
  kind text not null check (kind in ('support', 'maintenance', 'migration', 'training', 'other')),
  starts_on date not null,
  ends_on date not null check (ends_on >= starts_on),
  coverage text not null check (coverage in ('office_hours', 'extended', 'always')),
  -- Minutes of that coverage.
  response_minutes int not null check (response_minutes between 1 and 100000),
  resolution_minutes int not null check (resolution_minutes between 1 and 1000000),
  state text not null default 'recorded' check (state in ('recorded', 'confirmed', 'declined', 'ended')),
  recorded_at timestamptz not null default now(),
  recorded_by uuid references people,
  -- Who asked for the work, and so answers for the institution.
  asked_person_id uuid not null references people,
  answered_at timestamptz,
  ended_at timestamptz,
  ended_by uuid references people,
  check ((state = 'recorded') = (answered_at is null and ended_at is null))
);
create index agreements_by_desk on agreements (desk_id, recorded_at, id);
create index agreements_by_customer on agreements (customer_id, recorded_at, id);
create index agreements_by_answer on agreements (answer_id);
create table agreement_links (
  token_hash text primary key,
  agreement_id uuid not null references agreements,
  person_id uuid not null references people,
  made_at timestamptz not null default now()
);
create index agreement_links_by_agreement on agreement_links (agreement_id);
create index agreement_links_by_person on agreement_links (person_id);

grant select, insert on paid_needs, paid_answers to pandu_web;
grant update (state, agreed_at, ended_at, outcome, outcome_answer_id) on paid_needs to pandu_web;
grant update (invited_at, reply, replied_at, requester_confirmed_at, contacts_shown_at) on paid_answers to pandu_web;
grant select on paid_contacts to pandu_web;
grant select, insert on agreements to pandu_web;
grant update (state, ended_at, ended_by) on agreements to pandu_web;
grant select, insert, update on paid_needs, paid_answers, agreements to pandu_worker;
grant select, insert, update, delete on paid_contacts, paid_links, agreement_links, paid_notices to pandu_worker;
do $$
declare t text;
begin
  foreach t in array array['paid_needs', 'paid_answers', 'paid_contacts', 'paid_links', 'paid_notices', 'agreements', 'agreement_links'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
end $$;

-- Whoever asked, by their own link: not everybody who takes part in the request.
create function actor_asked(ticket uuid) returns boolean language plpgsql stable as $$
begin
  return ticket = actor_ticket() and exists (select from tickets where id = ticket and requester_id = actor_person());
end $$;

-- That it runs, and its state, to those who work the ticket. Who answered what: to the requester; to each who was asked their own.
create policy worked_or_own on paid_needs for select to pandu_web
  using (((select actor_works()) and is_seen(ticket_id)) or actor_asked(ticket_id));
create policy opened on paid_needs for insert to pandu_web
  with check ((select actor_works()) and is_seen(ticket_id) and state = 'open' and agreed_at is null);
create policy worked_or_own_changed on paid_needs for update to pandu_web
  using (state = 'open' and (((select actor_works()) and is_seen(ticket_id)) or actor_asked(ticket_id)))
  with check (actor_asked(ticket_id) or ((select actor_works()) and state = 'withdrawn' and outcome is null));
create policy own on paid_answers for select to pandu_web
  using (actor_asked(ticket_id) or (invited_at is not null and desk_id = any ((select actor_providers())::uuid[])));
create policy listed on paid_answers for insert to pandu_web
  with check ((select actor_works()) and is_seen(ticket_id) and invited_at is null and answer is null and requester_confirmed_at is null
    and exists (select from paid_needs n where n.id = need_id and n.state = 'open' and n.agreed_at is null));
create policy asked on paid_answers for update to pandu_web using (actor_asked(ticket_id)) with check (actor_asked(ticket_id));
create policy both_confirmed on paid_contacts for select to pandu_web
  using (exists (select from paid_answers a where a.id = answer_id and a.contacts_shown_at is not null));

-- The two alone: the provider's desk, and the own-unit desk of the institution, where it has one; whoever asked reads it by their link.
create policy the_two on agreements for select to pandu_web using (
  desk_id = any ((select actor_providers())::uuid[])
  or customer_id in (select d.organisation_id from desks d where d.kind = 'own_unit' and d.id = any ((select actor_desks())::uuid[])));
create policy recorded on agreements for insert to pandu_web
  with check (desk_id = any ((select actor_providers())::uuid[]) and state = 'recorded' and exists (
    select from paid_contacts c where c.answer_id = agreements.answer_id and c.side = 'requester' and c.organisation_id = customer_id
      and c.person_id = asked_person_id));
create policy ended on agreements for update to pandu_web
  using (desk_id = any ((select actor_providers())::uuid[]) and state in ('recorded', 'confirmed'))
  with check (desk_id = any ((select actor_providers())::uuid[]) and state = 'ended');

-- The secretariat sees that one exists: who, and from when to when. Not its terms.
create function agreements_that_exist() returns table (id uuid, provider text, customer text, state text, starts_on date, ends_on date)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not actor_sees_all() then
    raise insufficient_privilege using message = 'the secretariat alone';
  end if;
  return query select a.id, p.name, c.name, a.state, a.starts_on, a.ends_on
    from agreements a join organisations p on p.id = a.organisation_id join organisations c on c.id = a.customer_id
    order by a.recorded_at desc, a.id desc limit 500;
end $$;
revoke all on function agreements_that_exist from public;
grant execute on function agreements_that_exist to pandu_web;

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'paid_needs', 'opened_by', '{}', false), ('people', 'paid_answers', 'answered_by', '{}', false),
  ('people', 'paid_contacts', 'person_id', '{answer_id,side}', true), ('people', 'paid_links', 'person_id', '{}', false),
  ('people', 'agreements', 'recorded_by', '{}', false), ('people', 'agreements', 'asked_person_id', '{id}', true),
  ('people', 'agreements', 'ended_by', '{}', false), ('people', 'agreement_links', 'person_id', '{}', false),
  ('organisations', 'paid_answers', 'organisation_id', '{id}', true),
  ('organisations', 'paid_contacts', 'organisation_id', '{answer_id,side}', true),
  ('organisations', 'agreements', 'organisation_id', '{id}', true), ('organisations', 'agreements', 'customer_id', '{id}', true);
