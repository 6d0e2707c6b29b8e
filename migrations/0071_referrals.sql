-- Whoever works a ticket moves the deadline of its open offer; whoever was asked is told.
alter table offer_notices drop constraint offer_notices_kind_check;
alter table offer_notices add constraint offer_notices_kind_check check (kind in
  ('offered', 'reminded', 'taken', 'accepted', 'declined', 'reopened', 'expired', 'cancelled', 'returned', 'written', 'moved'));
create function move_deadline_as_actor(asked uuid, due timestamptz, remind timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare o offers;
begin
  if not (actor_works() and (actor_sees_all() or actor_desk_sees((select ticket_id from offers where id = asked)))) then return null; end if;
  o := lock_offer(asked);
  if o.id is null then return null; end if;
  if o.state = 'open' then update offers set due_at = due, remind_at = remind where id = o.id; end if;
  return o.state;
end $$;
revoke all on function move_deadline_as_actor from public;
grant execute on function move_deadline_as_actor to pandu_web;
