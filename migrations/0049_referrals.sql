-- Referrals at work: what a topic asks for, who is weighed, and every step of an offer as one function that two who come at once take in turn.

-- Which competence a topic asks for, and how far it goes; null: none in particular.
alter table topics
  add competence_code text references competences,
  add level int check (level between 1 and 3),
  add check ((competence_code is null) = (level is null));
update topics set competence_code = m.competence_code, level = m.level
from (values ('instalasi', 'linux-desktop', 1), ('perangkat-keras', 'hardware-driver', 1), ('perkantoran', 'libreoffice', 1),
  ('migrasi', 'migration-planning', 2), ('server-jaringan', 'linux-server', 1), ('web-aplikasi', 'web-cms', 1), ('keamanan', 'security', 1),
  ('pelatihan', 'training', 1), ('lisensi-kebijakan', 'licensing', 1), ('pengadaan-jasa', 'procurement', 1), ('komunitas-kemitraan', 'community', 1)
) as m (code, competence_code, level)
where topics.code = m.code and exists (select from competences c where c.code = m.competence_code);

-- returned: given back, and the desk decides what becomes of it.
alter table referrals drop constraint referrals_state_check;
alter table referrals add constraint referrals_state_check
  check (state in ('offered', 'unmet', 'returned', 'accepted', 'working', 'answered', 'completed', 'withdrawn'));
alter table referrals
  -- When the secretariat sees it too, if nobody has accepted by then.
  add show_by timestamptz,
  -- Region and topic of the ticket, changed since, for which somebody said that it may stay with whom it is.
  add kept_for text;
create index referrals_to_show on referrals (show_by, id) where ended_at is null and accepted_at is null and shown_at is null;
alter table offers
  -- When whoever was asked is reminded, if there is no answer.
  add remind_at timestamptz,
  -- When the requester was told of the answer.
  add told_at timestamptz;
create index offers_window on offers (desk_id, offered_at) include (state, answered_at);
create index offers_by_referral on offers (referral_id, number);
create index referral_decisions_by_policy on referral_decisions (policy_version, at);

-- What the requester was asked because it was not known: once for each.
create table referral_questions (
  ticket_id uuid not null references tickets,
  asks text not null check (asks in ('region', 'regency', 'topic')),
  asked_at timestamptz not null default now(),
  asked_by uuid references people,
  primary key (ticket_id, asks)
);
-- "Saya keberatan": the requester does not agree with whom the request went to.
create table referral_objections (
  id uuid primary key,
  referral_id uuid not null,
  ticket_id uuid not null,
  person_id uuid references people,
  words text not null check (length(words) between 1 and 2000),
  made_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by uuid references people,
  foreign key (referral_id, ticket_id) references referrals (id, ticket_id),
  check (settled_by is null or settled_at is not null)
);
create unique index one_open_objection on referral_objections (referral_id) where settled_at is null;
create index referral_objections_open on referral_objections (made_at, id) where settled_at is null;
create index referral_objections_by_ticket on referral_objections (ticket_id, id);
grant select, insert on referral_questions to pandu_web, pandu_worker;
grant delete on referral_questions to pandu_worker;
grant select, insert, update on referral_objections to pandu_web, pandu_worker;
alter table referral_questions enable row level security;
alter table referral_objections enable row level security;
create policy worker_all on referral_questions to pandu_worker using (true) with check (true);
create policy worker_all on referral_objections to pandu_worker using (true) with check (true);
create policy with_ticket on referral_questions for select to pandu_web using (is_seen(ticket_id));
create policy asked on referral_questions for insert to pandu_web with check ((select actor_works()) and is_seen(ticket_id));
create policy own_or_worked on referral_objections for select to pandu_web
  using (person_id = (select actor_person()) or ((select actor_works()) and is_seen(ticket_id)));
create policy made on referral_objections for insert to pandu_web
  with check (person_id = (select actor_person()) and settled_at is null and is_seen(ticket_id));
create policy settled on referral_objections for update to pandu_web
  using ((select actor_works()) and is_seen(ticket_id)) with check ((select actor_works()) and is_seen(ticket_id));

-- Part of a request, for somebody else to work on at the same time.
alter table ticket_links drop constraint ticket_links_kind_check;
alter table ticket_links add constraint ticket_links_kind_check check (kind in ('follow_up', 'duplicate', 'related', 'part'));

-- Internal notes of one organisation are never shown to another. A note is the association's (null: the secretariat and its provinces' desks),
-- or of the desk of a member, a partner or a regional government that wrote it; not even the secretariat reads those.
alter table messages add for_desk_id uuid references desks, add check (for_desk_id is null or direction = 'note');
create function actor_reads_notes_of(desk uuid) returns boolean language sql stable parallel safe as $$
  select (select actor_is_staff()) and case
    when desk is not null then desk = any ((select actor_desks() || actor_providers())::uuid[])
    when (select actor_sees_all()) then true
    when cardinality((select actor_desks())) > 0 then exists (select from desks where id = any (actor_desks()) and kind <> 'own_unit')
    -- Given by hand, with its notes, to somebody who works nowhere; never to a member's or partner's people.
    else cardinality((select actor_providers())) = 0 end
$$;
alter policy seen on messages using (
  exists (select from tickets where tickets.id = messages.ticket_id)
  and case when direction = 'note' then actor_reads_notes_of(for_desk_id) else taken_back_at is null or (select actor_is_staff()) end);
alter policy written on messages with check (
  exists (select from tickets where tickets.id = messages.ticket_id)
  and case direction when 'in' then true when 'note' then actor_reads_notes_of(for_desk_id) else (select actor_is_staff()) end);

-- Solved by mail or SMS: its four fields are still to be filled in properly.
alter table resolutions add to_complete_since timestamptz;
create index resolutions_to_complete on resolutions (to_complete_since, ticket_id) where to_complete_since is not null and reopened_at is null;

-- One holder: a member's or partner's desk holds a ticket exactly as long as an offer that it accepted lives.
create function holds_by_offer() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare asked uuid := case tg_table_name when 'tickets' then (to_jsonb(new) ->> 'id')::uuid else (to_jsonb(new) ->> 'ticket_id')::uuid end;
begin
  if exists (select from tickets t join desks d on d.id = t.holder_desk_id where t.id = asked and (
      (d.kind = 'provider') <> exists (select from offers o join desks p on p.id = o.desk_id
        where o.ticket_id = t.id and o.state = 'accepted' and p.kind = 'provider')
      or exists (select from offers o where o.ticket_id = t.id and o.state = 'accepted' and o.desk_id <> t.holder_desk_id))) then
    raise exception 'a ticket is held by another desk than the one whose accepted offer lives' using errcode = '23514';
  end if;
  return null;
end $$;
create constraint trigger holds_by_offer after update on tickets deferrable initially deferred
  for each row when (old.holder_desk_id is distinct from new.holder_desk_id) execute function holds_by_offer();
create constraint trigger holds_by_offer_insert after insert on offers deferrable initially deferred
  for each row when (new.state = 'accepted') execute function holds_by_offer();
create constraint trigger holds_by_offer_update after update on offers deferrable initially deferred
  for each row when (old.state is distinct from new.state) execute function holds_by_offer();

-- Everybody who could be asked, with what decide() looks at. One statement; every desk's window is one walk over an index.
-- `also`: an organisation that somebody asks for by name, wherever it works.
create function referral_candidates(of_organisation uuid, at timestamptz, place text, neighbours text[], competence text, window_days int, also uuid)
returns table (desk_id uuid, organisation_id uuid, name text, kind text, affiliation jsonb, confirmed boolean, serves uuid[], regions text[],
  serves_neighbours boolean, competences jsonb, accepting boolean, paused_until timestamptz, capacity_per_week int, taken_this_week int,
  conflicts uuid[], kinds text[], offers int, settled int, completed int, last_offered_at timestamptz)
language sql stable as $$
  with asked as materialized (
    select r.desk_id as id from desk_regions r where r.region_code in (place, left(place, 2))
    union select r.desk_id from desk_regions r join desks d on d.id = r.desk_id where d.serves_neighbours and left(r.region_code, 2) = any (neighbours)
    union select id from desks where serves_nation
    union select o.desk_id from desk_offices o where o.organisation_id = of_organisation
    union select id from desks where desks.kind = 'secretariat'
    union select id from desks where desks.organisation_id = also)
  select d.id, d.organisation_id, d.name, d.kind, a.term, d.confirmed_at is not null,
    array(select o.organisation_id from desk_offices o where o.desk_id = d.id and o.organisation_id = of_organisation),
    case when d.serves_nation then array['ID'] else '{}' end || array(select r.region_code from desk_regions r where r.desk_id = d.id order by 1),
    d.serves_neighbours,
    coalesce((select jsonb_agg(jsonb_build_object('code', c.competence_code, 'level', c.level, 'until', c.valid_until))
      from desk_competences c where c.desk_id = d.id and c.competence_code = competence), '[]'),
    d.accepting, d.paused_until, d.capacity_per_week, w.taken_this_week,
    array(select c.organisation_id from desk_conflicts c where c.desk_id = d.id and c.organisation_id = of_organisation),
    d.kinds, w.offers, w.settled, w.completed,
    coalesce(w.last_offered_at, (select o.offered_at from offers o where o.desk_id = d.id and o.offered_at <= at order by o.offered_at desc limit 1))
  from asked join desks d on d.id = asked.id and d.closed_at is null and d.kind in ('provider', 'own_unit', 'secretariat')
  left join lateral (select jsonb_build_object('kind', f.kind, 'from', f.starts_at, 'until', f.ends_at, 'suspended', f.suspended_at is not null) as term
    from affiliations f where f.desk_id = d.id and f.ended_at is null order by f.starts_at <= at desc, f.starts_at desc, f.id limit 1) a on d.kind = 'provider'
  cross join lateral (select count(*) filter (where o.state <> 'cancelled')::int as offers,
      count(*) filter (where o.state in ('completed', 'declined', 'expired', 'returned'))::int as settled,
      count(*) filter (where o.state = 'completed')::int as completed,
      count(*) filter (where o.state = 'open' or (o.state in ('accepted', 'completed') and o.answered_at > at - interval '7 days'))::int as taken_this_week,
      max(o.offered_at) as last_offered_at
    from offers o where o.desk_id = d.id and o.offered_at > at - make_interval(days => window_days) and o.offered_at <= at) w
  where d.kind <> 'provider' or a.term is not null
  order by d.id limit 1000
$$;
-- Numbers of everybody's offers, for those who work the ticket.
create function referral_candidates_as_actor(of_ticket uuid, of_organisation uuid, at timestamptz, place text, neighbours text[], competence text,
  window_days int, also uuid)
returns table (desk_id uuid, organisation_id uuid, name text, kind text, affiliation jsonb, confirmed boolean, serves uuid[], regions text[],
  serves_neighbours boolean, competences jsonb, accepting boolean, paused_until timestamptz, capacity_per_week int, taken_this_week int,
  conflicts uuid[], kinds text[], offers int, settled int, completed int, last_offered_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not (actor_sees_all() or (actor_works() and actor_desk_sees(of_ticket))) then
    raise insufficient_privilege using message = 'not a ticket that the actor works';
  end if;
  return query select * from referral_candidates(of_organisation, at, place, neighbours, competence, window_days, also);
end $$;

-- The steps of an offer. Everybody locks in this order: the ticket, the referral, the offer. Each answers what it found, so that the second of
-- two learns what the first did; `done` says whether this one did it.
create function lock_offer(asked uuid) returns offers language plpgsql volatile as $$
declare o offers;
begin
  select * into o from offers where id = asked;
  if not found then return null; end if;
  perform from tickets where id = o.ticket_id for update;
  perform from referrals where id = o.referral_id for update;
  select * into o from offers where id = asked for update;
  return o;
end $$;

create function accept_offer(asked uuid, by_person uuid, through text, at timestamptz, until timestamptz, given jsonb) returns jsonb
language plpgsql volatile as $$
declare
  o offers := lock_offer(asked);
  t tickets;
begin
  if o.id is null then return null; end if;
  select * into t from tickets where id = o.ticket_id;
  if o.state <> 'open' or t.state in ('resolved', 'closed') or t.spam_at is not null then
    return jsonb_build_object('done', false, 'state', case when o.state = 'open' then 'cancelled' else o.state end);
  end if;
  update offers set state = 'accepted', answered_at = at, answered_by = by_person, answered_via = through, undo_until = until where id = o.id;
  update referrals set state = 'accepted', state_since = at, accepted_at = at where id = o.referral_id;
  insert into ticket_desks (ticket_id, desk_id, since) values (o.ticket_id, o.desk_id, at) on conflict do nothing;
  update tickets set state = 'referred', holder_desk_id = o.desk_id, holder_since = at,
    holder_person_id = (select m.person_id from desk_members m where m.desk_id = o.desk_id and m.person_id = by_person)
  where id = o.ticket_id;
  insert into grants (id, person_id, ticket_id, source, reason, granted_by, granted_at)
  select g.id, g.person_id, o.ticket_id, 'referral', d.name, by_person, at
  from jsonb_to_recordset(given) as g (id uuid, person_id uuid) join desks d on d.id = o.desk_id and d.kind = 'provider'
  where exists (select from desk_members m where m.desk_id = o.desk_id and m.person_id = g.person_id)
    or exists (select from duty_contacts c where c.desk_id = o.desk_id and c.person_id = g.person_id and c.ended_at is null);
  return jsonb_build_object('done', true, 'state', 'accepted', 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id,
    'grants', coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'person_id', g.person_id) order by g.id)
      from grants g where g.ticket_id = o.ticket_id and g.id in (select x.id from jsonb_to_recordset(given) as x (id uuid))), '[]'));
end $$;

create function decline_offer(asked uuid, by_person uuid, through text, at timestamptz, until timestamptz, why text, said text) returns jsonb
language plpgsql volatile as $$
declare o offers := lock_offer(asked);
begin
  if o.id is null then return null; end if;
  if o.state <> 'open' then return jsonb_build_object('done', false, 'state', o.state); end if;
  update offers set state = 'declined', answered_at = at, answered_by = by_person, answered_via = through, ended_at = at, undo_until = until,
    reason_code = why, reason_words = said where id = o.id;
  return jsonb_build_object('done', true, 'state', 'declined', 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id);
end $$;

-- An accepted case goes back to the desk that had referred it: returned, cancelled, completed, or open again because the answer is undone.
-- `next_state` is the referral's; it ends with completed and withdrawn. Takes the provider's grants back.
create function leave_case(asked uuid, becomes text, next_state text, by_person uuid, at timestamptz, why text, said text) returns jsonb
language plpgsql volatile as $$
declare
  o offers := lock_offer(asked);
  back uuid;
  taken jsonb;
begin
  if o.id is null then return null; end if;
  if o.state <> 'accepted' or (becomes = 'open' and o.undo_until <= at) then return jsonb_build_object('done', false, 'state', o.state); end if;
  if becomes = 'open' then
    update offers set state = 'open', answered_at = null, answered_by = null, answered_via = null, undo_until = null, told_at = null,
      due_at = greatest(due_at, at + interval '15 minutes') where id = o.id;
  else
    update offers set state = becomes, ended_at = at, reason_code = coalesce(why, reason_code), reason_words = coalesce(said, reason_words)
    where id = o.id;
  end if;
  update referrals set state = next_state, state_since = at, accepted_at = case when becomes = 'completed' then accepted_at end,
    shown_at = case when next_state = 'returned' then coalesce(shown_at, at) else shown_at end,
    ended_at = case when next_state in ('completed', 'withdrawn') then at end
  where id = o.referral_id returning referring_desk_id into back;
  update tickets set holder_desk_id = back, holder_person_id = null, holder_since = at,
    state = case when state = 'referred' and next_state in ('returned', 'withdrawn', 'completed') then 'open' else state end
  where id = o.ticket_id and holder_desk_id = o.desk_id;
  with gone as (update grants set revoked_at = at, revoked_by = by_person
    where ticket_id = o.ticket_id and source = 'referral' and revoked_at is null returning id, person_id)
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'person_id', person_id) order by id), '[]') into taken from gone;
  return jsonb_build_object('done', true, 'state', becomes, 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id, 'grants', taken);
end $$;

-- A declined offer is open again: whoever was asked meanwhile and has not answered is asked no more.
create function undo_decline(asked uuid, at timestamptz) returns jsonb language plpgsql volatile as $$
declare
  o offers := lock_offer(asked);
  r referrals;
  other uuid;
begin
  if o.id is null then return null; end if;
  select * into r from referrals where id = o.referral_id;
  if o.state <> 'declined' or o.undo_until <= at or r.state not in ('offered', 'unmet') then
    return jsonb_build_object('done', false, 'state', o.state);
  end if;
  update offers set state = 'cancelled', answered_at = at, ended_at = at where referral_id = r.id and state = 'open' returning id into other;
  update offers set state = 'open', answered_at = null, answered_by = null, answered_via = null, ended_at = null, undo_until = null,
    reason_code = null, reason_words = null, told_at = null, due_at = greatest(due_at, at + interval '15 minutes') where id = o.id;
  update referrals set state = 'offered', state_since = at where id = r.id;
  return jsonb_build_object('done', true, 'state', 'open', 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id, 'cancelled', other);
end $$;
revoke all on function lock_offer, accept_offer, decline_offer, leave_case, undo_decline, referral_candidates from public;
grant execute on function lock_offer, accept_offer, decline_offer, leave_case, undo_decline, referral_candidates to pandu_worker;

-- The same for the web's role, which asks who acts: whoever was asked answers, and whoever works the ticket ends it.
create function actor_was_asked(asked uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from offers where id = asked and desk_id = any (actor_providers() || actor_desks())) and actor_is_staff()
$$;
create function accept_offer_as_actor(asked uuid, through text, at timestamptz, until timestamptz, given jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not actor_was_asked(asked) then return null; end if;
  return accept_offer(asked, actor_person(), through, at, until, given);
end $$;
create function decline_offer_as_actor(asked uuid, through text, at timestamptz, until timestamptz, why text, said text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not actor_was_asked(asked) then return null; end if;
  return decline_offer(asked, actor_person(), through, at, until, why, said);
end $$;
create function undo_decline_as_actor(asked uuid, at timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not actor_was_asked(asked) then return null; end if;
  return undo_decline(asked, at);
end $$;
create function leave_case_as_actor(asked uuid, becomes text, next_state text, at timestamptz, why text, said text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not ((becomes in ('returned', 'open') and actor_was_asked(asked)) or (becomes = 'cancelled' and actor_works()
      and (actor_sees_all() or actor_desk_sees((select ticket_id from offers where id = asked))))) then
    return null;
  end if;
  return leave_case(asked, becomes, next_state, actor_person(), at, why, said);
end $$;
revoke all on function actor_was_asked, accept_offer_as_actor, decline_offer_as_actor, undo_decline_as_actor, leave_case_as_actor,
  referral_candidates_as_actor from public;
grant execute on function accept_offer_as_actor, decline_offer_as_actor, undo_decline_as_actor, leave_case_as_actor, referral_candidates_as_actor to pandu_web;

-- What is left to the web's role by itself: those who work a ticket open an offer and call it off; answers go by the functions above.
alter policy offered on offers with check (state = 'open' and (select actor_works()) and is_seen(ticket_id));
alter policy own_or_worked on offers using (
  desk_id = any ((select actor_providers() || actor_desks())::uuid[]) or ((select actor_works()) and is_seen(ticket_id)));
drop policy answered on offers;
create policy called_off on offers for update to pandu_web
  using (state = 'open' and (select actor_works()) and is_seen(ticket_id)) with check (state = 'cancelled');
alter policy with_ticket on referrals using (is_seen(ticket_id));
alter policy opened on referrals with check ((select actor_works()) and is_seen(ticket_id));
alter policy changed on referrals using ((select actor_works()) and is_seen(ticket_id)) with check ((select actor_works()) and is_seen(ticket_id));
drop policy with_referral on referral_decisions;
create function is_seen_referral(referral uuid) returns boolean language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from referrals where id = referral);
end $$;
create policy with_referral on referral_decisions for select to pandu_web using ((select actor_works()) and is_seen_referral(referral_id));
create policy decided on referral_decisions for insert to pandu_web with check ((select actor_works()) and is_seen_referral(referral_id));

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'referral_questions', 'asked_by', '{}', false),
  ('people', 'referral_objections', 'person_id', '{id}', true), ('people', 'referral_objections', 'settled_by', '{}', false);

-- The rules that a new installation begins with (referrals/policy.ts).
insert into referral_policies (version, policy, active_from) values ('1', '{"version": "1", "window_days": 90, "starting_allowance": 10,
  "offer_minutes": 120, "offer_minutes_urgent": 60, "offers_until_shown": 3, "minutes_until_shown": 420}', '2011-01-01');
