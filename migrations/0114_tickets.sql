-- Whoever has nothing but grants had each granted ticket looked up among all tickets, for the list and for the numbers beside it: two thousand
-- of them cost three quarters of the page. The tickets that were ever given to somebody have an index of their own now, which holds what the
-- queue orders and counts by; PostgreSQL keeps it in step, so nothing has to be copied. What was never given pays nothing for it.
alter table tickets add column is_given boolean not null default false;
update tickets set is_given = true where id in (select ticket_id from grants);
create index tickets_given on tickets (id)
  include (holder_desk_id, holder_person_id, state, spam_at, possible_ticket_id, created_at, waiting_since) where is_given;
-- Else the first plans would take half of all tickets for given ones.
analyze tickets (is_given);

-- It stays when the grant is taken back: what is shown is decided by the grants.
create function note_given() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update public.tickets set is_given = true where id = new.ticket_id and not is_given;
  return null;
end $$;
create trigger ticket_given after insert or update of ticket_id on grants for each row execute function note_given();
-- Also where rows are brought in with triggers off: a ticket without the mark would stand in no list of whoever was given it.
alter table grants enable always trigger ticket_given;

-- "any (array(…))": one walk through the index, in its order, however many were given.
create or replace view actor_granted with (security_barrier) as
  select id, holder_desk_id, holder_person_id, state, spam_at, possible_ticket_id, created_at, waiting_since from tickets
  where is_given and id = any (array(select ticket_id from grants
    where person_id = (select actor_person()) and revoked_at is null and (until is null or until > now())));
