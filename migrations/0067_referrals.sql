-- Seen by somebody who read the network as a stranger.
--
-- A member's or partner's people see a ticket by a grant, and with it came everything that hangs on a ticket: the mails to whoever was asked
-- before them and their answers, that these were asked and what they said, and in the ledger even what they noted for themselves. Now they see
-- what is said to the requester, and of the way of a request their own part.
alter policy staff on outbox using (
  ((select actor_sees_all()) or ((select actor_is_staff()) and about_id is not null and is_seen(about_id)
    and ((select actor_works()) or kind not in ('notice', 'offer', 'link'))))
  and (kind <> 'sign_in' or (select actor_administers())));
-- What an organisation notes for itself by mail is as hidden in the ledger as on the ticket, also from the secretariat.
alter policy staff on intake_items using (
  (reason is distinct from 'provider_note' or (ticket_message_id is not null and is_seen_message(ticket_id, ticket_message_id)))
  and ((select actor_sees_all())
    or ((select actor_is_staff()) and case
      when ticket_id is not null then is_seen(ticket_id)
        and ((select actor_works()) or (ticket_message_id is not null and is_seen_message(ticket_id, ticket_message_id)))
      else (possible_ticket_id is not null and is_seen(possible_ticket_id))
        or exists (select from desks d where d.id = any ((select actor_desks())::uuid[])
          and d.mail_local_part = any (select split_part(address, '@', 1) from unnest(recipients) as r (address)))
    end)));
alter policy seen on facts using (
  (select actor_sees_all()) or (ticket_id is not null and exists (select from tickets where tickets.id = facts.ticket_id)
    and ((kind not like 'offer.%' and kind not in ('referral.offered', 'referral.objected', 'referral.objection_settled'))
      or (select actor_works()) or not (select actor_is_staff())
      or about ->> 'desk_id' = any ((select actor_providers())::text[]))));

-- A case that was answered: its acceptance is not taken back any more (it would be open for a request that waits for its requester).
create or replace function leave_case(asked uuid, becomes text, next_state text, by_person uuid, at timestamptz, why text, said text) returns jsonb
language plpgsql volatile as $$
declare
  o offers := lock_offer(asked);
  back uuid;
  is_answered boolean;
  taken jsonb;
begin
  if o.id is null then return null; end if;
  select state in ('resolved', 'closed') into is_answered from tickets where id = o.ticket_id;
  if becomes = 'open' and is_answered then return jsonb_build_object('done', false, 'state', 'answered'); end if;
  -- What was answered is not offered to the next: the desk has it while the requester says whether it helped.
  if becomes = 'returned' and is_answered then next_state := 'returned'; end if;
  if o.state <> 'accepted' or (becomes = 'open' and o.undo_until <= at) then return jsonb_build_object('done', false, 'state', o.state); end if;
  if becomes = 'open' then
    update offers set state = 'open', answered_at = null, answered_by = null, answered_via = null, undo_until = null, told_at = null,
      due_at = greatest(due_at, at + interval '15 minutes') where id = o.id;
  else
    update offers set state = becomes, ended_at = at, reason_code = coalesce(why, reason_code), reason_words = coalesce(said, reason_words)
    where id = o.id;
  end if;
  update referrals set state = next_state, state_since = at, accepted_at = case when becomes = 'completed' then accepted_at end,
    shown_at = case when next_state = 'returned' then coalesce(shown_at, at) else shown_at end,
    ended_at = case when next_state in ('completed', 'withdrawn') then at end
  where id = o.referral_id returning referring_desk_id into back;
  update tickets set holder_desk_id = back, holder_person_id = null, holder_since = at,
    state = case when state = 'referred' and next_state in ('returned', 'withdrawn', 'completed') then 'open' else state end
  where id = o.ticket_id and holder_desk_id = o.desk_id;
  with gone as (update grants set revoked_at = at, revoked_by = by_person
    where ticket_id = o.ticket_id and source = 'referral' and revoked_at is null returning id, person_id)
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'person_id', person_id) order by id), '[]') into taken from gone;
  return jsonb_build_object('done', true, 'state', becomes, 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id, 'grants', taken);
end $$;
