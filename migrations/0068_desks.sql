-- Who is on duty for a desk, with the address that was written down and whether it is proven: for who leads the desk, who sees none of these people
-- otherwise. Null for everybody else.
create function duty_of_desk_as_actor(desk uuid) returns jsonb language sql stable security definer set search_path = pg_catalog, public as $$
  select case when actor_leads(desk) then coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', p.name, 'channel', u.channel,
    'address', c.address, 'hours', u.hours, 'is_proven', u.proven_at is not null, 'was_asked', u.asked_at is not null) order by u.position, u.id), '[]') end
  from duty_contacts u join people p on p.id = u.person_id join contact_points c on c.id = u.contact_point_id
  where u.desk_id = desk and u.ended_at is null
$$;
revoke all on function duty_of_desk_as_actor from public;
grant execute on function duty_of_desk_as_actor to pandu_web, pandu_worker;
