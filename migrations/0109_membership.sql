-- Who answers for an institution stands with what else it said of itself. A unit of a regional government has no term and so no renewal that would
-- write this anew: its own coordinator does.
alter table organisation_particulars
  add responsible_name text not null default '' check (length(responsible_name) <= 200),
  add responsible_role text not null default '' check (length(responsible_role) <= 200);
update organisation_particulars p set responsible_name = left(coalesce(a.form->'responsible'->>'name', ''), 200),
    responsible_role = left(coalesce(a.form->'responsible'->>'role', ''), 200)
  from applications a where a.id = p.application_id and a.cleared_at is null;

create function actor_leads_unit_of(organisation uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from desks d join desk_members m on m.desk_id = d.id and m.person_id = actor_person() and m.role = 'coordinator'
    where d.organisation_id = organisation and d.kind = 'own_unit' and d.closed_at is null and d.id = any (actor_desks()))
$$;
revoke all on function actor_leads_unit_of from public;
grant execute on function actor_leads_unit_of to pandu_web;
alter policy approved on organisation_particulars
  with check ((select actor_coordinates_all()) or actor_leads_unit_of(organisation_id));
