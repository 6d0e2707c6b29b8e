-- The second wall alone: what would happen if a command forgot its filter or its question "may they?". A statement that names nothing
-- ("update tickets set …") now reaches only what the actor sees, nobody can put a ticket of others onto their own desk, and the rows
-- that make somebody powerful (roles, members of desks, accounts, invitations) are written only by those who may.

-- Works at a desk, or for the whole house. Whoever was only given single tickets (staff of a provider), or holds a role that reads
-- figures, writes down no people and opens no tickets.
create function actor_works() returns boolean language sql stable parallel safe
  return actor_is_staff() and (actor_sees_all() or cardinality(actor_desks()) > 0);

-- These ask the rows, not what a session says of itself (as actor_administers does), and run as the owner because those rows stand
-- behind walls that ask them.
create function actor_coordinates_all() returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from roles where person_id = actor_person() and role = 'administrator')
    or exists (select from desk_members m join desks d on d.id = m.desk_id
      where m.person_id = actor_person() and m.role = 'coordinator' and d.kind = 'secretariat')
$$;
-- A ticket that one of the actor's desks holds: who works it may say who else reads it.
create function actor_holds(ticket uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from tickets where id = ticket and holder_desk_id = any (actor_desks()))
$$;
create function actor_desk_sees(ticket uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from ticket_desks where ticket_id = ticket and desk_id = any (actor_desks()))
$$;
revoke all on function actor_coordinates_all, actor_holds, actor_desk_sees from public;
grant execute on function actor_coordinates_all, actor_holds, actor_desk_sees to pandu_web;
-- What is seen is said once, by the policy for reading; plpgsql, because a policy may not ask its own table by itself.
create function is_seen(ticket uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from tickets where id = ticket);
end $$;

-- Tickets and what hangs on them.
drop policy opened on tickets;
create policy opened on tickets for insert to pandu_web with check (
  (select actor_works()) and ((select actor_sees_all()) or holder_desk_id = any ((select actor_desks())::uuid[])));
drop policy changed on tickets;
create policy changed on tickets for update to pandu_web using (is_seen(id)) with check (true);
drop policy handed on ticket_desks;
create policy handed on ticket_desks for insert to pandu_web with check (
  (select actor_works()) and is_seen(ticket_id));
drop policy changed on messages;
create policy changed on messages for update to pandu_web
  using ((select actor_is_staff()) and exists (select from tickets where tickets.id = messages.ticket_id))
  with check ((select actor_is_staff()) and exists (select from tickets where tickets.id = messages.ticket_id));
drop policy stayed on presences;
create policy stayed on presences for update to pandu_web
  using (person_id = (select actor_person()) and (select actor_is_staff()))
  with check (person_id = (select actor_person()) and exists (select from tickets where tickets.id = presences.ticket_id));

-- A message to somebody about a ticket is written by those who see the ticket.
drop policy staff on outbox;
create policy staff on outbox to pandu_web using (
  ((select actor_sees_all()) or ((select actor_is_staff()) and about_id is not null and exists (select from tickets where tickets.id = outbox.about_id)))
  and (kind <> 'sign_in' or (select actor_administers())))
  with check (case when about_id is null then (select actor_is_staff()) else exists (select from tickets where tickets.id = outbox.about_id) end);
alter table mail_ids enable row level security;
create policy worker_all on mail_ids to pandu_worker using (true) with check (true);
create policy with_ticket on mail_ids to pandu_web
  using (exists (select from tickets where tickets.id = mail_ids.ticket_id))
  with check (exists (select from tickets where tickets.id = mail_ids.ticket_id));

-- People are written down and corrected by those who work at a desk.
drop policy written_down on people;
create policy written_down on people for insert to pandu_web with check ((select actor_works()));
drop policy self_or_met on people;
create policy self_or_met on people for update to pandu_web using (
  (select actor_sees_all()) or id = (select actor_person()) or ((select actor_works()) and is_met(id)));
drop policy of_somebody_new on contact_points;
create policy of_somebody_new on contact_points for insert to pandu_web with check ((select actor_works()) and stands_nowhere(person_id));
drop policy of_somebody_new on consents;
create policy of_somebody_new on consents for insert to pandu_web with check ((select actor_works()) and stands_nowhere(person_id));

-- Who was given which ticket, by what, until when. Those who hold the ticket say so and take it back; nothing else of a grant changes.
alter table grants add column source text not null default 'hand' check (source in ('hand', 'referral'));
alter table grants add column revoked_by uuid references people;
alter table grants add check (until is null or until > granted_at);
create index grants_by_ticket on grants (ticket_id, granted_at, id);
revoke update on grants from pandu_web;
grant update (revoked_at, revoked_by) on grants to pandu_web;
drop policy all_or_self on grants;
create policy seen on grants for select to pandu_web using (
  person_id = (select actor_person()) or (select actor_sees_all()) or actor_desk_sees(ticket_id));
create policy given on grants for insert to pandu_web with check ((select actor_sees_all()) or actor_holds(ticket_id));
create policy taken_back on grants for update to pandu_web
  using ((select actor_sees_all()) or actor_holds(ticket_id)) with check (revoked_at is not null);

-- What makes somebody powerful.
alter table roles drop constraint roles_role_check;
alter table roles add check (role in ('administrator', 'programme_team', 'leader'));
do $$
declare t text;
begin
  foreach t in array array['roles', 'accounts', 'one_time_links', 'desk_members', 'service_accounts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
end $$;
create policy own_or_staff on roles for select to pandu_web using ((select actor_is_staff()) or person_id = (select actor_person()));
create policy given on roles for insert to pandu_web with check ((select actor_administers()));
create policy taken on roles for delete to pandu_web using ((select actor_administers()));
create policy staff on accounts for select to pandu_web using ((select actor_is_staff()));
create policy closed on accounts for update to pandu_web using ((select actor_administers())) with check ((select actor_administers()));
create policy staff on one_time_links for select to pandu_web using ((select actor_is_staff()));
create policy invited on one_time_links for insert to pandu_web with check ((select actor_administers()) and purpose = 'invite');
create policy staff on desk_members for select to pandu_web using ((select actor_is_staff()));
create policy coordinated on desk_members to pandu_web using ((select actor_coordinates_all())) with check ((select actor_coordinates_all()));
create policy staff on service_accounts for select to pandu_web using ((select actor_is_staff()));
