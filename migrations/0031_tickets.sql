-- Moving everything of one row to another, and back. Here, because what moves are tickets and what hangs on them; with the owner's rights,
-- because no desk may change addresses or links. Both ask who acts.
alter table participants alter constraint participants_contact_point_id_person_id_fkey deferrable initially immediate;
create index tickets_by_organisation on tickets (organisation_id, id) where organisation_id is not null;

-- Moves what reference_columns names from one to the other and writes down which rows those were.
create function move_references(merge uuid, kind text, from_id uuid, to_id uuid, ticket_ids uuid[], addresses text[]) returns void
language plpgsql volatile set search_path = pg_catalog, public as $$
declare c record; narrow text;
begin
  for c in select * from reference_columns where of = kind and moves order by table_name, column_name loop
    narrow := case when c.by_ticket is not null then format(' and %I = any ($4)', c.by_ticket)
                   when c.by_address is not null then format(' and %I = any ($5)', c.by_address) else '' end;
    execute format('with moved as (update %1$I set %2$I = $3 where %2$I = $2 %3$s returning %4$s)
        insert into merge_rows (merge_id, table_name, column_name, key) select $1, %1$L, %2$L, to_jsonb(moved) from moved',
      c.table_name, c.column_name, narrow, (select string_agg(format('%I', k), ', ') from unnest(c.key_columns) k))
      using merge, from_id, to_id, ticket_ids, addresses;
  end loop;
end $$;

-- What no rule says how to move stays what it is, and keeps the two from being merged.
create function refuse_unknown_references(kind text, gone uuid) returns void
language plpgsql volatile set search_path = pg_catalog, public as $$
declare c record; held boolean;
begin
  for c in select f.conrelid::regclass::text as table_name, a.attname::text as column_name
    from pg_constraint f join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
    where f.contype = 'f' and f.confrelid = kind::regclass and f.conparentid = 0
      and not exists (select from reference_columns r where r.of = kind and r.table_name = f.conrelid::regclass::text and r.column_name = a.attname)
  loop
    execute format('select exists (select from %s where %I = $1)', c.table_name, c.column_name) into held using gone;
    if held then
      raise exception 'not merged: % of %', c.column_name, c.table_name using errcode = 'check_violation', constraint = 'no_unknown_references';
    end if;
  end loop;
end $$;

-- Everything of `gone` becomes the other's. Answers the tickets that this touched.
create function merge_people(merge uuid, kept uuid, gone uuid, at timestamptz) returns uuid[]
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  ticket_ids uuid[];
  addresses text[];
begin
  if not (actor_is_staff() and actor_sees_all()) then raise insufficient_privilege; end if;
  -- Mails from these addresses wait, as two mails of one sender wait for each other (people/find-or-make-people.ts).
  perform pg_advisory_xact_lock(lock) from (
    select distinct hashtextextended('person of ' || channel || ' ' || normalised, 0) as lock
    from contact_points where person_id in (kept, gone) order by lock) locks;
  perform from people where id in (kept, gone) order by id for update;
  if (select count(*) from people where id in (kept, gone) and merged_into is null) <> 2 or exists (
      select from accounts where person_id in (kept, gone) union all select from roles where person_id in (kept, gone)
      union all select from desk_members where person_id in (kept, gone) union all select from service_accounts where person_id in (kept, gone)
      union all select from one_time_links where person_id in (kept, gone) and used_at is null and expires_at > at) then
    raise exception 'not merged: who works here, or was merged already' using errcode = 'check_violation', constraint = 'merged_as_themselves';
  end if;
  perform refuse_unknown_references('people', gone);
  insert into merges (id, of, kept_id, gone_id, merged_by, merged_at) values (merge, 'people', kept, gone, actor_person(), at);
  ticket_ids := array(select ticket_id from participants where person_id = gone union select id from tickets where requester_id = gone
    union select ticket_id from grants where person_id = gone);
  addresses := array(select normalised from contact_points where person_id = gone);
  set constraints participants_contact_point_id_person_id_fkey deferred;

  -- Addresses that only `gone` has; one that both have stays with each, as it was proved or not.
  with moved as (
    update contact_points c set person_id = kept where c.person_id = gone and not exists (
      select from contact_points k where k.person_id = kept and k.channel = c.channel and k.normalised = c.normalised) returning c.id)
  insert into merge_rows (merge_id, table_name, column_name, key)
    select merge, 'contact_points', 'person_id', jsonb_build_object('id', id) from moved;

  -- Tickets on which only `gone` stands.
  with before as (
    select g.*, case when c.person_id = gone then (select k.id from contact_points k where k.person_id = kept
        and k.channel = c.channel and k.normalised = c.normalised) else g.contact_point_id end as point
    from participants g left join contact_points c on c.id = g.contact_point_id
    where g.person_id = gone and not exists (select from participants k where k.ticket_id = g.ticket_id and k.person_id = kept)),
  moved as (
    update participants p set person_id = kept, contact_point_id = before.point from before
    where p.ticket_id = before.ticket_id and p.person_id = gone returning p.*)
  insert into merge_rows (merge_id, table_name, column_name, key, before, after)
    select merge, 'participants', 'person_id', jsonb_build_object('ticket_id', before.ticket_id), to_jsonb(before) - 'point', to_jsonb(moved)
    from before join moved using (ticket_id);

  -- Tickets on which both stand: one row stays, which says the most of both, and reaches them as whoever asked was reached.
  with both_of_them as (
    select k.*, to_jsonb(k) as kept_before, to_jsonb(g) as gone_before,
      case when 'requester' in (k.part, g.part) then 'requester' when 'participant' in (k.part, g.part) then 'participant' else 'suggested' end as new_part,
      case when g.part = 'requester' or k.contact_point_id is null
        then coalesce(case when c.person_id = gone then (select o.id from contact_points o where o.person_id = kept
          and o.channel = c.channel and o.normalised = c.normalised) else g.contact_point_id end, k.contact_point_id)
        else k.contact_point_id end as point
    from participants k join participants g on g.ticket_id = k.ticket_id and g.person_id = gone
    left join contact_points c on c.id = g.contact_point_id where k.person_id = kept),
  left_out as (
    delete from participants p using both_of_them b where p.ticket_id = b.ticket_id and p.person_id = gone),
  stays as (
    update participants p set part = b.new_part, contact_point_id = b.point from both_of_them b
    where p.ticket_id = b.ticket_id and p.person_id = kept returning p.*)
  insert into merge_rows (merge_id, table_name, column_name, key, before, after)
    select merge, 'participants', 'both', jsonb_build_object('ticket_id', b.ticket_id),
      jsonb_build_object('kept', b.kept_before, 'gone', b.gone_before), to_jsonb(stays)
    from both_of_them b join stays using (ticket_id);

  perform move_references(merge, 'people', gone, kept, ticket_ids, addresses);
  update people set merged_into = kept where id = gone;
  set constraints participants_contact_point_id_person_id_fkey immediate;
  return ticket_ids;
end $$;

create function merge_organisations(merge uuid, kept uuid, gone uuid, at timestamptz) returns uuid[]
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare ticket_ids uuid[];
begin
  if not (actor_is_staff() and actor_sees_all()) then raise insufficient_privilege; end if;
  perform from organisations where id in (kept, gone) order by id for update;
  if (select count(*) from organisations where id in (kept, gone) and merged_into is null) <> 2 then
    raise exception 'not merged: merged already' using errcode = 'check_violation', constraint = 'merged_as_themselves';
  end if;
  perform refuse_unknown_references('organisations', gone);
  insert into merges (id, of, kept_id, gone_id, merged_by, merged_at) values (merge, 'organisations', kept, gone, actor_person(), at);
  ticket_ids := array(select id from tickets where organisation_id = gone);
  perform move_references(merge, 'organisations', gone, kept, ticket_ids, '{}');
  update organisations set merged_into = kept where id = gone;
  return ticket_ids;
end $$;

-- Gives back what came by this merge, where it still is what the merge made of it. What came to the merged person afterwards stays where its
-- address belongs. Answers the tickets that this touched.
create function undo_merge(merge uuid, at timestamptz) returns uuid[]
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  m merges;
  col record;
  came uuid[] := '{}';
  returned int;
  touched uuid[];
begin
  if not (actor_is_staff() and actor_sees_all()) then raise insufficient_privilege; end if;
  update merges set undone_at = at, undone_by = actor_person() where id = merge and undone_at is null returning * into m;
  if m.id is null then raise exception 'undone already' using errcode = 'check_violation', constraint = 'undone_once'; end if;
  if m.of = 'people' then
    perform pg_advisory_xact_lock(lock) from (
      select distinct hashtextextended('person of ' || channel || ' ' || normalised, 0) as lock
      from contact_points where person_id in (m.kept_id, m.gone_id) order by lock) locks;
  end if;
  execute format('select from %I where id in ($1, $2) order by id for update', m.of) using m.kept_id, m.gone_id;
  execute format('update %I set merged_into = null where id = $1 and merged_into = $2', m.of) using m.gone_id, m.kept_id;
  -- A later merge of the one that was kept holds these rows: that one is undone first.
  get diagnostics returned = row_count;
  if returned = 0 then raise exception 'a later merge stands' using errcode = 'check_violation', constraint = 'later_first'; end if;

  if m.of = 'people' then
    set constraints participants_contact_point_id_person_id_fkey deferred;
    update contact_points t set person_id = m.gone_id from merge_rows r
      where r.merge_id = merge and r.table_name = 'contact_points' and t.id = (r.key ->> 'id')::uuid and t.person_id = m.kept_id;

    -- What stood on a ticket by an address that goes back, and is not among the rows that moved: it came afterwards, or was chosen.
    with since as (
      update participants p set person_id = m.gone_id from contact_points c
      where p.person_id = m.kept_id and c.id = p.contact_point_id and c.person_id = m.gone_id and p.since >= m.merged_at
        and not exists (select from merge_rows r where r.merge_id = merge and r.table_name = 'participants' and r.key ->> 'ticket_id' = p.ticket_id::text)
        and not exists (select from participants o where o.ticket_id = p.ticket_id and o.person_id = m.gone_id)
      returning p.ticket_id)
    select coalesce(array_agg(ticket_id), '{}') into came from since;

    with moved as (select (r.key ->> 'ticket_id')::uuid as ticket_id, jsonb_populate_record(null::participants, r.before) as b,
        jsonb_populate_record(null::participants, r.after) as a
      from merge_rows r where r.merge_id = merge and r.table_name = 'participants' and r.column_name = 'person_id')
    update participants p set person_id = m.gone_id,
        contact_point_id = case when p.contact_point_id is distinct from (moved.a).contact_point_id
            and exists (select from contact_points c where c.id = p.contact_point_id and c.person_id = m.gone_id) then p.contact_point_id
          else (select c.id from contact_points c where c.id = (moved.b).contact_point_id and c.person_id = m.gone_id) end
      from moved where p.ticket_id = moved.ticket_id and p.person_id = m.kept_id;

    with both_of_them as (select (r.key ->> 'ticket_id')::uuid as ticket_id, jsonb_populate_record(null::participants, r.before -> 'kept') as k,
        jsonb_populate_record(null::participants, r.before -> 'gone') as g, jsonb_populate_record(null::participants, r.after) as a
      from merge_rows r where r.merge_id = merge and r.table_name = 'participants' and r.column_name = 'both'),
    stays as (
      update participants p set
          part = case when p.part = (b.a).part then (b.k).part else p.part end,
          contact_point_id = case when p.contact_point_id is distinct from (b.a).contact_point_id
              and exists (select from contact_points c where c.id = p.contact_point_id and c.person_id = m.kept_id) then p.contact_point_id
            else (select c.id from contact_points c where c.id = (b.k).contact_point_id and c.person_id = m.kept_id) end
        from both_of_them b where p.ticket_id = b.ticket_id and p.person_id = m.kept_id returning p.ticket_id)
    insert into participants (ticket_id, person_id, part, since, contact_point_id)
      select b.ticket_id, m.gone_id, (b.g).part, (b.g).since,
        (select c.id from contact_points c where c.id = (b.g).contact_point_id and c.person_id = m.gone_id)
      from both_of_them b join stays using (ticket_id) on conflict do nothing;

    -- Whoever stood there before goes on being reached at an address of their own.
    update participants p set contact_point_id = (select k.id from contact_points k where k.person_id = m.kept_id and k.channel = c.channel
        order by k.verified_at nulls last, k.created_at, k.id limit 1)
      from contact_points c where p.person_id = m.kept_id and c.id = p.contact_point_id and c.person_id <> m.kept_id;

    -- A whole ticket that came by such an address goes with it.
    for col in select * from reference_columns where of = 'people' and moves and by_ticket is not null loop
      execute format('update %1$I set %2$I = $2 where %2$I = $1 and %3$I = any ($3)', col.table_name, col.column_name, col.by_ticket)
        using m.kept_id, m.gone_id, came;
    end loop;
    update tickets t set requester_id = m.gone_id where t.id = any (came) and t.requester_id = m.kept_id;
  end if;

  for col in select * from reference_columns where of = m.of and moves loop
    execute format('update %1$I t set %2$I = $3 from merge_rows r cross join lateral jsonb_populate_record(null::%1$I, r.key) k
        where r.merge_id = $1 and r.table_name = %1$L and r.column_name = %2$L and t.%2$I = $2 and %3$s',
      col.table_name, col.column_name, (select string_agg(format('t.%1$I = k.%1$I', k), ' and ') from unnest(col.key_columns) k))
      using merge, m.kept_id, m.gone_id;
  end loop;
  if m.of = 'people' then set constraints participants_contact_point_id_person_id_fkey immediate; end if;
  touched := array(select (key ->> 'ticket_id')::uuid from merge_rows where merge_id = merge and key ? 'ticket_id'
    union select (key ->> 'id')::uuid from merge_rows where merge_id = merge and table_name = 'tickets' union select unnest(came));
  delete from merge_rows where merge_id = merge;
  return touched;
end $$;

revoke all on function move_references, refuse_unknown_references, merge_people, merge_organisations, undo_merge from public;
grant execute on function merge_people, merge_organisations, undo_merge to pandu_web;
