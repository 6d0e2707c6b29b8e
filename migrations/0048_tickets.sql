-- A regional government's own-unit desk sees every request of its offices: of a confirmed, open desk each ticket of a listed office has a
-- row in ticket_desks, so that lists, search, both walls and live updates need no rule of their own. Triggers, because an office can change
-- in triage, by merging, by import, and whoever changes it need not see that desk.
alter table ticket_desks add column because text not null default 'held' check (because in ('held', 'office'));
create index ticket_desks_of_offices on ticket_desks (desk_id, ticket_id) where because = 'office';

-- A desk that once held a ticket goes on seeing it, whatever becomes of its offices.
create or replace function note_holder() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update public.ticket_desks set because = 'held', left_at = case when desk_id = new.holder_desk_id then null else new.holder_since end
    where ticket_id = new.id and desk_id in (old.holder_desk_id, new.holder_desk_id);
  return null;
end $$;

-- `left_at` is what lists look for: seen, and not held.
create function note_office_of_ticket() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.ticket_desks d where d.ticket_id = new.id and d.because = 'office'
      and not exists (select from public.desk_offices o where o.desk_id = d.desk_id and o.organisation_id = new.organisation_id);
  end if;
  insert into public.ticket_desks (ticket_id, desk_id, since, left_at, because)
    select new.id, o.desk_id, now(), now(), 'office' from public.desk_offices o join public.desks d on d.id = o.desk_id
    where o.organisation_id = new.organisation_id and o.desk_id <> new.holder_desk_id
      and d.kind = 'own_unit' and d.confirmed_at is not null and d.closed_at is null
    on conflict do nothing;
  return null;
end $$;
create trigger office_known after insert on tickets for each row
  when (new.organisation_id is not null) execute function note_office_of_ticket();
create trigger office_changed after update of organisation_id on tickets for each row
  when (old.organisation_id is distinct from new.organisation_id) execute function note_office_of_ticket();

create function show_office(desk uuid, office uuid) returns void language sql security definer set search_path = pg_catalog, public as $$
  insert into public.ticket_desks (ticket_id, desk_id, since, left_at, because)
    select t.id, d.id, now(), now(), 'office' from public.desks d join public.tickets t on t.organisation_id = office
    where d.id = desk and d.kind = 'own_unit' and d.confirmed_at is not null and d.closed_at is null
    on conflict do nothing
$$;
create function hide_office(desk uuid, office uuid) returns void language sql security definer set search_path = pg_catalog, public as $$
  delete from public.ticket_desks d using public.tickets t
    where d.desk_id = desk and d.because = 'office' and t.id = d.ticket_id and t.organisation_id = office
$$;
revoke all on function show_office, hide_office from public;

create function note_desk_office() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if tg_op <> 'INSERT' then perform public.hide_office(old.desk_id, old.organisation_id); end if;
  if tg_op <> 'DELETE' then perform public.show_office(new.desk_id, new.organisation_id); end if;
  return null;
end $$;
create trigger office_listed after insert or delete or update of organisation_id on desk_offices for each row execute function note_desk_office();

-- Confirmed or closed, or neither any more.
create function note_desk_confirmed() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if new.confirmed_at is null or new.closed_at is not null then
    delete from public.ticket_desks where desk_id = new.id and because = 'office';
  else
    perform public.show_office(new.id, o.organisation_id) from public.desk_offices o where o.desk_id = new.id;
  end if;
  return null;
end $$;
create trigger desk_confirmed after update of confirmed_at, closed_at on desks for each row
  when (new.kind = 'own_unit' and ((old.confirmed_at is null) <> (new.confirmed_at is null) or (old.closed_at is null) <> (new.closed_at is null)))
  execute function note_desk_confirmed();
