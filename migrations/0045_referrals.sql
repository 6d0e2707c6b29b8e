-- A request on its way to whoever helps: one referral, the decisions that were made for it, and an offer for each who was asked.
create table referral_policies (
  version text primary key check (version ~ '^[0-9A-Za-z.-]{1,40}$'),
  policy jsonb not null,
  saved_at timestamptz not null default now(),
  saved_by uuid references people,
  active_from timestamptz,
  reason text check (length(reason) between 1 and 2000)
);

create table referrals (
  id uuid primary key,
  ticket_id uuid not null references tickets,
  kind text not null check (kind in ('free', 'paid')),
  -- offered: one is asked. unmet: nobody can take it. working: accepted and begun. answered: the requester's turn.
  state text not null check (state in ('offered', 'unmet', 'accepted', 'working', 'answered', 'completed', 'withdrawn')),
  state_since timestamptz not null default now(),
  -- Who had the request, and has it again while nobody has accepted.
  referring_desk_id uuid not null references desks,
  -- What was needed, for figures that no later change of the ticket moves.
  region_code text not null references regions,
  province_code text not null references regions,
  topic_code text references topics,
  competence_code text references competences,
  level int check (level between 1 and 3),
  urgency text not null references urgencies,
  organisation_id uuid references organisations,
  -- What is told to whoever is asked, before they accept: nothing that names anybody.
  summary text not null check (length(summary) between 1 and 5000),
  summary_edited_by uuid references people,
  opened_at timestamptz not null default now(),
  opened_by uuid references people,
  -- Since when it stands on the secretariat's screen too.
  shown_at timestamptz,
  accepted_at timestamptz,
  ended_at timestamptz,
  check ((state in ('completed', 'withdrawn')) = (ended_at is not null)),
  unique (id, ticket_id)
);
create unique index one_live_referral on referrals (ticket_id) where ended_at is null;
create index referrals_by_ticket on referrals (ticket_id, id);
create index referrals_newest on referrals (id desc);
create index referrals_live on referrals (state, state_since, id) where ended_at is null;

create table referral_decisions (
  referral_id uuid not null references referrals,
  number int not null check (number > 0),
  at timestamptz not null,
  policy_version text not null references referral_policies,
  seed text not null,
  -- What decide() was asked and what it answered, so that it can be asked again years later.
  needed jsonb not null,
  candidates jsonb not null,
  decision jsonb not null,
  chosen_desk_id uuid references desks,
  -- Somebody chose otherwise than the rules: who, and why.
  chosen_by uuid references people,
  reason text check (length(reason) between 1 and 2000),
  -- Everybody who was weighed: their staff may not choose.
  organisation_ids uuid[] not null,
  primary key (referral_id, number),
  check ((chosen_by is null) = (reason is null))
);

create table offers (
  id uuid primary key,
  referral_id uuid not null references referrals,
  ticket_id uuid not null references tickets,
  number int not null check (number > 0),
  -- What is typed into an SMS: short, without letters that look alike.
  code text not null check (code ~ '^[2-9A-HJKMNP-TV-Z]{3,8}$'),
  desk_id uuid not null references desks,
  organisation_id uuid not null references organisations,
  kind text not null check (kind in ('free', 'paid')),
  province_code text not null references regions,
  topic_code text references topics,
  -- returned: was accepted, and given back. cancelled: the request needed nobody any more, or changed.
  state text not null check (state in ('open', 'accepted', 'declined', 'expired', 'cancelled', 'returned', 'completed')),
  -- As it was told.
  summary text not null,
  offered_at timestamptz not null,
  due_at timestamptz not null check (due_at > offered_at),
  reminded_at timestamptz,
  answered_at timestamptz,
  answered_by uuid references people,
  answered_via text check (answered_via in ('web', 'email', 'sms', 'api', 'whatsapp')),
  reason_code text check (reason_code in ('outside_competence', 'capacity', 'conflict_of_interest', 'outside_region', 'needs_paid_work', 'facts_missing', 'other')),
  reason_words text check (length(reason_words) between 1 and 2000),
  -- Until then the answer can be taken back.
  undo_until timestamptz,
  ended_at timestamptz,
  unique (referral_id, number),
  foreign key (referral_id, ticket_id) references referrals (id, ticket_id),
  check ((state = 'open') = (answered_at is null)),
  check ((state in ('open', 'accepted')) = (ended_at is null))
);
create unique index one_open_offer on offers (referral_id) where state = 'open';
-- One holder: of all offers of a ticket, at most one is accepted, and none is open beside it.
create unique index one_live_offer on offers (ticket_id) where state in ('open', 'accepted');
create unique index offer_codes on offers (code) where state in ('open', 'accepted');
create index offers_due on offers (due_at, id) where state = 'open';
create index offers_by_desk on offers (desk_id, offered_at desc, id desc);
create index offers_live_by_desk on offers (desk_id, offered_at, id) where state in ('open', 'accepted');
create index offers_by_time on offers (offered_at, desk_id);
create index offers_by_code on offers (code, id desc);

-- The two links of an offer's mail: signed, each of one contact, used once. Stored hashed; only the link's door reads them.
create table offer_links (
  token_hash text primary key,
  offer_id uuid not null references offers,
  person_id uuid not null references people,
  answer text not null check (answer in ('accept', 'decline')),
  made_at timestamptz not null default now(),
  used_at timestamptz
);
create index offer_links_by_offer on offer_links (offer_id);

grant select, insert, update on referrals, offers to pandu_web, pandu_worker;
grant select, insert on referral_decisions to pandu_web, pandu_worker;
grant select, insert, update on referral_policies to pandu_web, pandu_worker;
grant select, insert, update on offer_links to pandu_worker;
do $$
declare t text;
begin
  foreach t in array array['referral_policies', 'referrals', 'referral_decisions', 'offers', 'offer_links'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
end $$;
-- The rules are public; the secretariat makes them.
create policy public_read on referral_policies for select to pandu_web using (true);
create policy saved on referral_policies for insert to pandu_web with check ((select actor_coordinates_all()));
create policy changed on referral_policies for update to pandu_web using ((select actor_coordinates_all())) with check ((select actor_coordinates_all()));
-- A referral is as visible as its ticket; why this one and not another, to those who work tickets.
create policy with_ticket on referrals for select to pandu_web using (exists (select from tickets where tickets.id = referrals.ticket_id));
create policy opened on referrals for insert to pandu_web
  with check ((select actor_works()) and exists (select from tickets where tickets.id = referrals.ticket_id));
create policy changed on referrals for update to pandu_web
  using ((select actor_is_staff()) and exists (select from tickets where tickets.id = referrals.ticket_id)) with check (true);
create policy with_referral on referral_decisions to pandu_web
  using ((select actor_works()) and exists (select from referrals where referrals.id = referral_decisions.referral_id))
  with check ((select actor_works()) and exists (select from referrals where referrals.id = referral_decisions.referral_id));
-- Whoever was asked sees their own offers and nobody else's; whoever works the ticket sees all of it.
create policy own_or_worked on offers for select to pandu_web using (
  desk_id = any ((select actor_providers() || actor_desks())::uuid[])
  or ((select actor_works()) and exists (select from tickets where tickets.id = offers.ticket_id)));
create policy offered on offers for insert to pandu_web
  with check ((select actor_works()) and exists (select from tickets where tickets.id = offers.ticket_id));
create policy answered on offers for update to pandu_web using (
  desk_id = any ((select actor_providers() || actor_desks())::uuid[])
  or ((select actor_works()) and exists (select from tickets where tickets.id = offers.ticket_id))) with check (true);

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'referral_policies', 'saved_by', '{}', false), ('people', 'referrals', 'summary_edited_by', '{}', false),
  ('people', 'referrals', 'opened_by', '{}', false), ('people', 'referral_decisions', 'chosen_by', '{}', false),
  ('people', 'offers', 'answered_by', '{}', false), ('people', 'offer_links', 'person_id', '{}', false),
  ('organisations', 'referrals', 'organisation_id', '{id}', true),
  ('organisations', 'offers', 'organisation_id', '{id}', true);
