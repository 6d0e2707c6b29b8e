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
