-- A decision reads what has to be read anew each time, and nothing else: what desks say of themselves is remembered by each process for as long
-- as nobody changes it (referrals/known-desks.ts).

-- One row for each statement that changed a desk, or what belongs to it. All marks together say which state of all desks a transaction sees: they
-- come, and are seen, with the change itself, and nobody waits for anybody. Forgotten by a crash, then nothing is remembered until there is one again.
create unlogged table desk_changes (
  mark bigint primary key default (random() * 9e18)::bigint,
  at timestamptz not null default now()
);
create index desk_changes_by_time on desk_changes (at);
alter table desk_changes enable row level security;
grant select, insert, delete on desk_changes to pandu_worker;
create policy worker_all on desk_changes to pandu_worker using (true) with check (true);
insert into desk_changes default values;

create function note_desk_change() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  insert into desk_changes default values;
  return null;
end $$;
revoke all on function note_desk_change from public;
do $$
declare t text;
begin
  foreach t in array array['desks', 'desk_regions', 'desk_competences', 'desk_offices', 'desk_conflicts', 'affiliations'] loop
    execute format('create trigger note_desk_change after insert or update or delete or truncate on %I
      for each statement execute function note_desk_change()', t);
  end loop;
end $$;

-- Every desk that could be asked, with what decide() looks at, and the state that this is: one statement, because both must be of one moment.
-- Moments that are compared with the present are in microseconds, as they are kept.
create function desks_to_weigh() returns json language sql stable as $$
  select json_build_object('state', (select bit_xor(mark)::text from desk_changes), 'desks', (select json_agg(x order by x.desk_id) from (
    select d.id as desk_id, d.organisation_id, d.name, d.kind, d.confirmed_at is not null as confirmed, d.serves_nation, d.serves_neighbours,
      d.accepting, d.paused_until, d.capacity_per_week, d.kinds,
      array(select r.region_code from desk_regions r where r.desk_id = d.id order by 1) as regions,
      array(select o.organisation_id from desk_offices o where o.desk_id = d.id order by 1) as offices,
      array(select c.organisation_id from desk_conflicts c where c.desk_id = d.id order by 1) as conflicts,
      coalesce((select json_agg(json_build_object('code', c.competence_code, 'level', c.level, 'until', c.valid_until) order by c.competence_code)
        from desk_competences c where c.desk_id = d.id), '[]') as competences,
      coalesce((select json_agg(json_build_object('kind', f.kind, 'from', f.starts_at, 'until', f.ends_at, 'suspended', f.suspended_at is not null,
          'from_us', (extract(epoch from f.starts_at) * 1000000)::bigint) order by f.starts_at desc, f.id)
        from affiliations f where f.desk_id = d.id and f.ended_at is null and d.kind = 'provider'), '[]') as terms
    from desks d
    where d.closed_at is null and (d.kind in ('own_unit', 'secretariat')
      or d.kind = 'provider' and exists (select from affiliations f where f.desk_id = d.id and f.ended_at is null))) x))
$$;

-- What is read with every decision: the rules that count, who had the request before, of these desks the offers of the window, and the state of all
-- desks. `is true`: so that this is looked at on the few rows of the week and not looked up among all of the window.
create index offers_taken on offers (desk_id, coalesce(answered_at, 'infinity')) include (answered_at, offered_at, state)
  where state in ('open', 'accepted', 'completed');
create function weigh_offers(of_ticket uuid, of_referral uuid, at timestamptz, of_desks uuid[]) returns json
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  rules jsonb := (select policy from referral_policies where active_from <= at order by active_from desc, saved_at desc, version desc limit 1);
  since timestamptz := at - make_interval(days => (rules ->> 'window_days')::int);
  week timestamptz := at - interval '7 days';
begin
  return (select json_build_object('state', (select bit_xor(mark)::text from desk_changes), 'policy', rules,
    'refused_by', (select json_object_agg(r.desk_id, r.state) from (select o.desk_id, o.state from offers o where o.referral_id = of_referral
      and o.ticket_id = of_ticket and o.state in ('declined', 'expired', 'returned') order by o.number limit 200) r),
    'counts', (select json_agg(json_build_array(w.offers, w.settled, w.completed,
        (select count(*) from offers o where o.desk_id = d.id and o.state in ('open', 'accepted', 'completed')
          and coalesce(o.answered_at, 'infinity') > week and (o.offered_at > since and o.offered_at <= at) is true),
        coalesce(w.last_offered_at,
          (select o.offered_at from offers o where o.desk_id = d.id and o.offered_at <= at order by o.offered_at desc limit 1))) order by d.place)
      from unnest(of_desks) with ordinality d (id, place)
      cross join lateral (select count(*) filter (where o.state <> 'cancelled') as offers,
          count(*) filter (where o.state in ('completed', 'declined', 'expired', 'returned')) as settled,
          count(*) filter (where o.state = 'completed') as completed, max(o.offered_at) as last_offered_at
        from offers o where o.desk_id = d.id and o.offered_at > since and o.offered_at <= at) w)));
end $$;
revoke all on function desks_to_weigh, weigh_offers from public;
grant execute on function desks_to_weigh, weigh_offers to pandu_worker;

-- The same for the web's role: for those who work the ticket.
create function must_work_ticket(of_ticket uuid) returns void language plpgsql stable set search_path = pg_catalog, public as $$
begin
  if not (actor_sees_all() or (actor_works() and actor_desk_sees(of_ticket))) then
    raise insufficient_privilege using message = 'not a ticket that the actor works';
  end if;
end $$;
create function desks_to_weigh_as_actor(of_ticket uuid) returns json
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  perform must_work_ticket(of_ticket);
  return desks_to_weigh();
end $$;
create function weigh_offers_as_actor(of_ticket uuid, of_referral uuid, at timestamptz, of_desks uuid[]) returns json
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  perform must_work_ticket(of_ticket);
  return weigh_offers(of_ticket, of_referral, at, of_desks);
end $$;
revoke all on function must_work_ticket, desks_to_weigh_as_actor, weigh_offers_as_actor from public;
grant execute on function desks_to_weigh_as_actor, weigh_offers_as_actor to pandu_web;
