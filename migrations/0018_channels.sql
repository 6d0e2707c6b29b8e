-- A mail that would enter a ticket and whose sender is doubtful is held for those who work that ticket: they see it, and one of them may
-- say that it may enter. So what is held is as visible as the ticket that it names.
alter table intake_items add accepted_by uuid references people;
create index intake_items_held_for on intake_items (possible_ticket_id) where outcome = 'quarantined' and possible_ticket_id is not null;
drop policy staff on intake_items;
create policy staff on intake_items to pandu_web using (
  (select actor_sees_all())
  or ((select actor_is_staff()) and case
    when ticket_id is not null then exists (select from tickets where tickets.id = intake_items.ticket_id)
    else (possible_ticket_id is not null and exists (select from tickets where tickets.id = intake_items.possible_ticket_id))
      or exists (select from desks d where d.id = any ((select actor_desks())::uuid[])
        and d.mail_local_part = any (select split_part(address, '@', 1) from unnest(recipients) as r (address)))
  end));
