-- An offer that could not be told, because everybody on duty has had as many mails as one address gets in an hour: its time begins when it is sent.
alter table offers add held_since timestamptz;
create index offers_held on offers (held_since, id) where held_since is not null and state = 'open';
-- A mail of a member's or partner's people that is held for a person: whose desk it was meant for.
alter table intake_items add for_desk_id uuid;
-- Held mails of an earlier time, and those of another organisation, are not the next holder's: whoever was given a request reads what was held
-- since then. Those who work tickets, and the secretariat, read all of them.
alter policy staff on intake_items using (
  (reason is distinct from 'provider_note' or (ticket_message_id is not null and is_seen_message(ticket_id, ticket_message_id)))
  and ((select actor_sees_all())
    or ((select actor_is_staff()) and case
      when ticket_id is not null then is_seen(ticket_id)
        and ((select actor_works()) or (ticket_message_id is not null and is_seen_message(ticket_id, ticket_message_id)))
      else (possible_ticket_id is not null and is_seen(possible_ticket_id) and ((select actor_works())
          or ((for_desk_id is null or for_desk_id = any ((select actor_providers())::uuid[]))
            and (exists (select from offers o where o.ticket_id = possible_ticket_id and o.state = 'accepted'
                and o.desk_id = any ((select actor_providers())::uuid[]) and o.answered_at <= received_at)
              or exists (select from grants g where g.ticket_id = possible_ticket_id and g.person_id = (select actor_person())
                and g.source <> 'referral' and g.revoked_at is null and g.granted_at <= received_at)))))
        or exists (select from desks d where d.id = any ((select actor_desks())::uuid[])
          and d.mail_local_part = any (select split_part(address, '@', 1) from unnest(recipients) as r (address)))
    end)));
