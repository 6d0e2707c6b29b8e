-- A case given back by mistake can be taken again for five minutes, as every command can: whoever was asked meanwhile and has not answered
-- is asked no more, and the offer is open again; that it is accepted again is the next step, which gives the grants (referrals/undo-answer.ts).
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
    update offers set state = becomes, ended_at = at, reason_code = coalesce(why, reason_code), reason_words = coalesce(said, reason_words),
      undo_until = case when becomes = 'returned' and not is_answered then at + interval '5 minutes' end
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

-- A declined offer, or a case given back, is open again: whoever was asked meanwhile and has not answered is asked no more.
create or replace function undo_decline(asked uuid, at timestamptz) returns jsonb language plpgsql volatile as $$
declare
  o offers := lock_offer(asked);
  r referrals;
  other uuid;
begin
  if o.id is null then return null; end if;
  select * into r from referrals where id = o.referral_id;
  if o.state not in ('declined', 'returned') or o.undo_until is null or o.undo_until <= at
    or r.ended_at is not null or r.state not in ('offered', 'unmet', 'returned')
    or (select state in ('resolved', 'closed') from tickets where id = o.ticket_id) then
    return jsonb_build_object('done', false, 'state', o.state);
  end if;
  update offers set state = 'cancelled', answered_at = at, ended_at = at where referral_id = r.id and state = 'open' returning id into other;
  update offers set state = 'open', answered_at = null, answered_by = null, answered_via = null, ended_at = null, undo_until = null,
    reason_code = null, reason_words = null, told_at = null, due_at = greatest(due_at, at + interval '15 minutes') where id = o.id;
  update referrals set state = 'offered', state_since = at where id = r.id;
  return jsonb_build_object('done', true, 'state', 'open', 'referral_id', o.referral_id, 'ticket_id', o.ticket_id, 'desk_id', o.desk_id, 'cancelled', other);
end $$;
