-- The IT unit of a regional government sees every request of its offices, and is itself one of those who are asked. Of a request that another
-- desk refers it sees who has it, and its own offer; who else was weighed, asked and refused, and by which figures, is the referring desk's
-- and the secretariat's.
create function actor_weighs() returns boolean language sql stable parallel safe as $$
  select (select actor_works()) and ((select actor_sees_all())
    or exists (select from desks where id = any ((select actor_desks())::uuid[]) and kind <> 'own_unit'))
$$;
create function actor_referred(referral uuid) returns boolean language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return actor_works() and exists (select from referrals where id = referral and referring_desk_id = any (actor_desks()));
end $$;
alter policy own_or_worked on offers using (
  desk_id = any ((select actor_providers() || actor_desks())::uuid[])
  or ((select actor_works()) and is_seen(ticket_id) and ((select actor_weighs()) or actor_referred(referral_id))));
alter policy with_referral on referral_decisions using (
  (select actor_works()) and is_seen_referral(referral_id) and ((select actor_weighs()) or actor_referred(referral_id)));
alter policy seen on facts using (
  (select actor_sees_all()) or (ticket_id is not null and exists (select from tickets where tickets.id = facts.ticket_id)
    and ((kind not like 'offer.%' and kind not in ('referral.offered', 'referral.objected', 'referral.objection_settled'))
      or (select actor_weighs()) or not (select actor_is_staff())
      or about ->> 'desk_id' = any ((select actor_providers() || actor_desks())::text[]))));
