-- What is seen without being held, joined instead of gathered into an array first: so PostgreSQL can begin with what is flagged or spam where these
-- are asked for, which are few, and need not look at twenty thousand tickets that a desk gave away.
create or replace view actor_elsewhere with (security_barrier) as
  select id, holder_desk_id, holder_person_id, state, spam_at, possible_ticket_id, created_at, waiting_since from tickets
  where not (holder_desk_id = any ((select actor_desks())::uuid[]))
    and id in (select ticket_id from ticket_desks where desk_id = any ((select actor_desks())::uuid[]) and left_at is not null
      union all select ticket_id from grants
        where person_id = (select actor_person()) and revoked_at is null and (until is null or until > now()));
