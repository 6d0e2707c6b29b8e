-- A desk of a member or partner adds its own duty contacts and colleagues. A contact counts once whoever reads that address said so by a link that
-- was mailed there; a telephone once the secretariat called it.
alter table duty_contacts
  add proven_at timestamptz,
  -- Who called; null: by the link, or by working there.
  add proven_by uuid references people,
  add asked_at timestamptz;
-- Nobody is to miss offers because of an update: whoever is on duty today stays so.
update duty_contacts set proven_at = now() where ended_at is null;
create index duty_contacts_unproven on duty_contacts (desk_id, id) where ended_at is null and proven_at is null;
insert into reference_columns (of, table_name, column_name, key_columns, moves) values ('people', 'duty_contacts', 'proven_by', '{}', false);

-- Whose address was proven and who works at that desk needs no second link.
create function duty_of_colleague() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if new.channel = 'email' and new.proven_at is null and exists (select from desk_members m where m.desk_id = new.desk_id and m.person_id = new.person_id) then
    new.proven_at := (select verified_at from contact_points where id = new.contact_point_id);
  end if;
  return new;
end $$;
create trigger duty_of_colleague before insert on duty_contacts for each row execute function duty_of_colleague();
create function duty_by_address() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update duty_contacts d set proven_at = new.verified_at
  where d.contact_point_id = new.id and d.channel = 'email' and d.proven_at is null and d.ended_at is null
    and exists (select from desk_members m where m.desk_id = d.desk_id and m.person_id = d.person_id);
  return null;
end $$;
create trigger duty_by_address after update of verified_at on contact_points for each row
  when (old.verified_at is null and new.verified_at is not null) execute function duty_by_address();

-- Asks the rows, not what a session says of itself.
create function actor_leads(desk uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select actor_coordinates_all() or exists (select from desk_members m join desks d on d.id = m.desk_id
    where d.id = desk and d.id = any (actor_providers()) and m.person_id = actor_person() and m.role = 'coordinator'
      and d.kind = 'provider' and d.closed_at is null)
$$;
revoke all on function actor_leads from public;
grant execute on function actor_leads to pandu_web;

-- That an address is proven is nobody's to write at the desk; whoever only works there changes no contact.
revoke insert, update on duty_contacts from pandu_web;
grant insert (id, desk_id, person_id, contact_point_id, channel, position, hours, since), update (position, hours, ended_at) on duty_contacts to pandu_web;
drop policy own_or_all on duty_contacts;
create policy own_or_all on duty_contacts for select to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_desks() || actor_providers())::uuid[]) or person_id = (select actor_person()));
create policy approved on duty_contacts for insert to pandu_web with check ((select actor_coordinates_all()));
create policy led on duty_contacts for update to pandu_web using (actor_leads(desk_id)) with check (actor_leads(desk_id));

-- Who has this name at this address, or a new person there (people/find-or-make-people.ts, with the same lock). `wanted`: {person_id,
-- contact_point_id, name, folded_name, language, channel, address, normalised}.
create function named_at_address(wanted jsonb, at timestamptz, out person uuid, out point uuid, out is_new boolean)
language plpgsql volatile set search_path = pg_catalog, public as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('person of ' || (wanted->>'channel') || ' ' || (wanted->>'normalised'), 0));
  select p.id, c.id, false into person, point, is_new from contact_points c join people p on p.id = c.person_id
    where c.channel = wanted->>'channel' and c.normalised = wanted->>'normalised' and p.merged_into is null and p.erased_at is null
      and p.folded_name = wanted->>'folded_name'
    order by p.created_at, p.id limit 1;
  if person is not null then return; end if;
  person := (wanted->>'person_id')::uuid;
  point := (wanted->>'contact_point_id')::uuid;
  is_new := true;
  insert into people (id, name, folded_name, language, created_at)
    values (person, wanted->>'name', wanted->>'folded_name', wanted->>'language', at);
  insert into contact_points (id, person_id, channel, address, normalised, created_at)
    values (point, person, wanted->>'channel', wanted->>'address', wanted->>'normalised', at);
end $$;
revoke all on function named_at_address from public;

create function add_duty_contact_as_actor(desk uuid, duty uuid, wanted jsonb, through text, open_hours jsonb, at timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare who record; made uuid;
begin
  if not actor_leads(desk) then return null; end if;
  perform from desks where id = desk and kind = 'provider' and closed_at is null for update;
  if not found then return null; end if;
  -- Whoever adds addresses makes us write to them.
  if (select count(*) from duty_contacts d where d.desk_id = desk and (d.ended_at is null or d.since > at - interval '1 day')) >= 30 then
    return jsonb_build_object('outcome', 'too_many');
  end if;
  select * into who from named_at_address(wanted, at);
  insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, hours, since)
    values (duty, desk, who.person, who.point, through,
      least(100, 1 + coalesce((select max(position) from duty_contacts d where d.desk_id = desk and d.ended_at is null), 0)), open_hours, at)
    on conflict (desk_id, contact_point_id, channel) where ended_at is null do nothing returning id into made;
  return jsonb_build_object('outcome', case when made is null then 'known' else 'added' end, 'person_id', who.person, 'is_new', who.is_new);
end $$;

create function prove_duty_contact_as_actor(duty uuid, at timestamptz) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare of_desk uuid;
begin
  if not actor_coordinates_all() then return null; end if;
  update duty_contacts set proven_at = at, proven_by = actor_person()
    where id = duty and channel <> 'email' and ended_at is null and proven_at is null returning desk_id into of_desk;
  return of_desk;
end $$;

create function add_colleague_as_actor(desk uuid, wanted jsonb, at timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare who record; made uuid;
begin
  if not actor_leads(desk) then return null; end if;
  perform from desks where id = desk and kind = 'provider' and closed_at is null for update;
  if not found then return null; end if;
  if (select count(*) from desk_members m where m.desk_id = desk) >= 100 then
    return jsonb_build_object('outcome', 'too_many');
  end if;
  select * into who from named_at_address(wanted, at);
  insert into desk_members (desk_id, person_id, role) values (desk, who.person, 'agent') on conflict do nothing returning person_id into made;
  return jsonb_build_object('outcome', case when made is null then 'known' else 'added' end, 'person_id', who.person, 'is_new', who.is_new);
end $$;

-- Whoever coordinates is the secretariat's to take away. An invitation that was meant for this desk alone opens nothing any more.
create function remove_colleague_as_actor(desk uuid, colleague uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not actor_leads(desk) then return false; end if;
  delete from desk_members m using desks d where d.id = desk and d.kind = 'provider' and m.desk_id = d.id and m.person_id = colleague and m.role = 'agent';
  if not found then return false; end if;
  update one_time_links set used_at = now() where person_id = colleague and purpose = 'invite' and used_at is null
    and not exists (select from desk_members m where m.person_id = colleague) and not exists (select from roles r where r.person_id = colleague);
  return true;
end $$;
revoke all on function duty_of_colleague, duty_by_address, add_duty_contact_as_actor, prove_duty_contact_as_actor, add_colleague_as_actor,
  remove_colleague_as_actor from public;
grant execute on function add_duty_contact_as_actor, prove_duty_contact_as_actor, add_colleague_as_actor, remove_colleague_as_actor to pandu_web;

alter table one_time_links drop constraint one_time_links_purpose_check;
alter table one_time_links add constraint one_time_links_purpose_check check (purpose in ('setup', 'invite', 'reset', 'sign_in', 'duty'));

-- Whose address is not proven gets no case.
create or replace function accept_offer(asked uuid, by_person uuid, through text, at timestamptz, until timestamptz, given jsonb) returns jsonb
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
    or exists (select from duty_contacts c where c.desk_id = o.desk_id and c.person_id = g.person_id and c.ended_at is null
      and c.proven_at is not null);
  return jsonb_build_object('done', true, 'state', 'accepted', 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id,
    'grants', coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'person_id', g.person_id) order by g.id)
      from grants g where g.ticket_id = o.ticket_id and g.id in (select x.id from jsonb_to_recordset(given) as x (id uuid))), '[]'));
end $$;
