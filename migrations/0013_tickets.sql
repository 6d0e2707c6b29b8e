-- Lists and counts of what a desk sees. It goes on seeing what it gave away; that is little beside what it holds, so the two are read
-- apart: what it holds by an index in the order of the list, what it gave away by the few rows that say so.
alter table ticket_desks add left_at timestamptz;
update ticket_desks set left_at = t.holder_since from tickets t where t.id = ticket_id and t.holder_desk_id <> desk_id;
create index ticket_desks_left on ticket_desks (desk_id, ticket_id) where left_at is not null;
create index tickets_held_by_state on tickets (holder_desk_id, state, created_at desc, id desc) where spam_at is null;
create index tickets_held on tickets (holder_desk_id, created_at desc, id desc) where spam_at is null;

-- A trigger, because whoever gives a ticket to another desk need not see that desk's row.
create function note_holder() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update public.ticket_desks set left_at = case when desk_id = new.holder_desk_id then null else new.holder_since end
    where ticket_id = new.id and desk_id in (old.holder_desk_id, new.holder_desk_id);
  return null;
end $$;
create trigger holder_changed after update of holder_desk_id on tickets for each row
  when (old.holder_desk_id <> new.holder_desk_id) execute function note_holder();

-- Search. Who was given a ticket stands in its document, like the desks; named ticket by ticket in the query, two thousand grants made
-- PostgreSQL hold every document against two thousand words. The words and who asks together are few, so they are looked up in the
-- index and then put in order; only who sees everything may meet a third of all documents and walks from the newest. No rank: lists are
-- in the order of time.
create or replace function find_tickets(query tsquery, most int) returns table (ticket_id uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  lexemes text[];
begin
  if actor_sees_all() then
    return query select s.ticket_id, null::real from public.search_documents s
      where s.tsv @@ (query && 'zstaff'::tsquery) order by s.at desc, s.ticket_id limit least(most, 1001);
    return;
  end if;
  lexemes := array(select 'zdesk' || replace(d::text, '-', '') from unnest(actor_desks()) d);
  if actor_person() is not null then
    lexemes := lexemes || array['zperson' || replace(actor_person()::text, '-', ''), 'zgrant' || replace(actor_person()::text, '-', '')];
  end if;
  if cardinality(lexemes) = 0 then return; end if;
  return query with hits as materialized (
      select s.ticket_id as id, s.at from public.search_documents s
      where s.tsv @@ (query && to_tsquery('simple', array_to_string(lexemes, ' | '))))
    select hits.id, null::real from hits order by hits.at desc, hits.id limit least(most, 1001);
end $$;
