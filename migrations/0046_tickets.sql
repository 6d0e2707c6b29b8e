-- What the second wall costs. A ticket's page asked some thirty tables, and each of their rules brought the ticket's rule along, which brought
-- those of desks and grants: 590 small plans in one statement, of which three were needed and all had to be started (12 ms against 1.6).
-- The rules say what they said; only how they are asked is another:
-- 1. what the actor's desks and grants are is read by views with the owner's rights that show nothing but the actor's own, so no rule stands
--    inside a rule;
-- 2. what hangs on a ticket, with a row or none of it on a page, asks by a function, which costs nothing until there is a row. What comes in
--    lists (messages, participants, facts, people) has its rule written out, which costs less for each row (3 µs against 40);
-- 3. "(select true … limit 1)" instead of "exists": PostgreSQL would sometimes gather everything that a desk ever had to answer for one row.
create view actor_ticket_desks with (security_barrier) as select ticket_id from ticket_desks where desk_id = any ((select actor_desks())::uuid[]);
create view actor_grants with (security_barrier) as select ticket_id from grants
  where person_id = (select actor_person()) and revoked_at is null and (until is null or until > now());
create view actor_meets with (security_barrier) as select p.person_id from participants p
  where (select true from actor_ticket_desks d where d.ticket_id = p.ticket_id limit 1)
    or (select true from actor_grants g where g.ticket_id = p.ticket_id limit 1);
grant select on actor_ticket_desks, actor_grants, actor_meets to pandu_web;

alter policy seen on tickets using (
  (select actor_sees_all())
  or holder_desk_id = any ((select actor_desks())::uuid[])
  or (select true from actor_ticket_desks d where d.ticket_id = tickets.id limit 1)
  or (select true from actor_grants g where g.ticket_id = tickets.id limit 1)
  or id = actor_ticket()
  or (requester_id = actor_person() and actor_ticket() is null));
alter policy self_met_or_colleague on people using (
  (select actor_sees_all()) or id = (select actor_person())
  or ((select actor_is_staff()) and ((select true from actor_meets m where m.person_id = people.id limit 1) or is_colleague(id))));

-- Without the setting PostgreSQL would make the plan of the question anew for a whole page's first five rows.
create or replace function is_seen(ticket uuid) returns boolean language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from tickets where id = ticket);
end $$;
create function is_seen_message(ticket uuid, message uuid) returns boolean language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from messages where ticket_id = ticket and id = message);
end $$;
create or replace function is_met(person uuid) returns boolean language plpgsql stable security definer
set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from actor_meets m where m.person_id = person);
end $$;
do $$
declare t text;
begin
  foreach t in array array['recordings', 'resolutions', 'closures', 'ratings', 'ticket_links', 'mail_ids'] loop
    execute format('alter policy with_ticket on %I using (is_seen(ticket_id)) with check (is_seen(ticket_id))', t);
  end loop;
  foreach t in array array['attachments', 'message_htmls'] loop
    execute format('alter policy with_message on %I using (is_seen_message(ticket_id, message_id)) with check (is_seen_message(ticket_id, message_id))', t);
  end loop;
end $$;
alter policy with_ticket on clocks using (is_seen(ticket_id));
alter policy staff on suggested_participants
  using ((select actor_is_staff()) and is_seen(ticket_id)) with check ((select actor_is_staff()) and is_seen(ticket_id));
alter policy own on drafts
  using (person_id = (select actor_person()) and (select actor_is_staff()) and is_seen(ticket_id))
  with check (person_id = (select actor_person()) and (select actor_is_staff()) and is_seen(ticket_id));
alter policy seen on presences using ((select actor_is_staff()) and is_seen(ticket_id));
alter policy staff on intake_items using (
  (select actor_sees_all())
  or ((select actor_is_staff()) and case
    when ticket_id is not null then is_seen(ticket_id)
    else (possible_ticket_id is not null and is_seen(possible_ticket_id))
      or exists (select from desks d where d.id = any ((select actor_desks())::uuid[])
        and d.mail_local_part = any (select split_part(address, '@', 1) from unnest(recipients) as r (address)))
  end));
alter policy staff on outbox using (
  ((select actor_sees_all()) or ((select actor_is_staff()) and about_id is not null and is_seen(about_id)))
  and (kind <> 'sign_in' or (select actor_administers())));

-- Names that a ticket's page shows in passing, with the eyes of whoever asks: null where they may not be seen.
create function person_named(person uuid) returns json language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return (select json_build_object('id', id, 'name', name) from people where id = person);
end $$;
create function ticket_named(ticket uuid) returns json language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return (select json_build_object('id', id, 'number', number::text, 'subject', subject, 'state', state) from tickets where id = ticket);
end $$;
