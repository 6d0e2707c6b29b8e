-- The rule of a ticket is asked once for a page. Messages, participants and the journal each wrote it out, so that each statement on one
-- ticket started it again (a quarter of a page's time in PostgreSQL). Now they ask is_seen(), which remembers the last ticket it said yes
-- for: until the end of a transaction that only reads, and only for the role that logged in, never for the owner's rights inside a function.
-- It is believed like the other settings by which PostgreSQL knows who acts; whoever says anew who acts (identify) forgets it.
create function looks_seen(ticket uuid) returns boolean language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from tickets where id = ticket);
end $$;
create or replace function is_seen(ticket uuid) returns boolean language plpgsql stable as $$
begin
  if ticket::text = current_setting('pandu.seen', true) then return true; end if;
  if not looks_seen(ticket) then return false; end if;
  if current_setting('transaction_read_only') = 'on' and current_user = session_user then
    perform set_config('pandu.seen', ticket::text, true);
  end if;
  return true;
end $$;

alter policy with_ticket on participants using ((select actor_sees_all()) or is_seen(ticket_id));
alter policy seen on messages using (((select actor_sees_all()) or is_seen(ticket_id)) and case
  when direction = 'note' then actor_reads_notes_of(for_desk_id)
  else taken_back_at is null or (select actor_is_staff()) end);
alter policy seen on facts using ((select actor_sees_all()) or (ticket_id is not null and is_seen(ticket_id)
  and ((kind not like 'offer.%' and kind <> all (array['referral.offered', 'referral.objected', 'referral.objection_settled']))
    or (select actor_weighs()) or not (select actor_is_staff())
    or (about ->> 'desk_id') = any ((select actor_providers() || actor_desks())::text[]))));
