-- Either of the two may record that they have an agreement; the other confirms it, or says that it is not right. Until then whoever recorded
-- it takes it back; later either may say that it ended. Somebody who asked for themselves alone is one of the two without an institution.
alter table agreements
  alter customer_id drop not null,
  add recorded_side text not null default 'provider' check (recorded_side in ('provider', 'requester')),
  add answered_by uuid references people,
  add ended_side text check (ended_side in ('provider', 'requester')),
  drop constraint agreements_state_check,
  add constraint agreements_state_check check (state in ('recorded', 'confirmed', 'declined', 'withdrawn', 'ended')),
  add check (state <> 'withdrawn' or answered_at is null);
update agreements set ended_side = 'provider' where state = 'ended';
-- A provider could record several that wait at once; the newest of them goes on waiting.
update agreements a set state = 'withdrawn', ended_at = now(), ended_by = recorded_by, ended_side = 'provider'
  where state = 'recorded' and exists (select from agreements b where b.answer_id = a.answer_id and b.state = 'recorded' and b.id > a.id);
-- Both begin at once: one of them does, and the other is asked.
create unique index one_waiting_agreement on agreements (answer_id) where state = 'recorded';

-- Whose link it is: the same person may be asked for either side.
alter table agreement_links add side text not null default 'requester' check (side in ('provider', 'requester'));

grant update (answered_at, answered_by, ended_side) on agreements to pandu_web;

-- Whether the actor is this one of the two: works for the desk, or asked for the work.
create function agreement_is_of(of_answer uuid, of_desk uuid, of_side text) returns boolean language plpgsql stable as $$
begin
  return exists (select from paid_answers a where a.id = of_answer and a.desk_id = of_desk
    and case of_side when 'provider' then of_desk = any (actor_providers()) when 'requester' then actor_asked(a.ticket_id) else false end);
end $$;

-- The two alone: the provider's desk, whoever asked, and the own-unit desk of their institution, where it has one.
alter policy the_two on agreements using (
  desk_id = any ((select actor_providers())::uuid[])
  or customer_id in (select d.organisation_id from desks d where d.kind = 'own_unit' and d.id = any ((select actor_desks())::uuid[]))
  or ((select actor_ticket()) is not null and agreement_is_of(answer_id, desk_id, 'requester')));
alter policy recorded on agreements with check (state = 'recorded' and agreement_is_of(answer_id, desk_id, recorded_side) and exists (
  select from paid_contacts c where c.answer_id = agreements.answer_id and c.side = 'requester'
    and c.organisation_id is not distinct from customer_id and c.person_id = asked_person_id));
drop policy ended on agreements;
-- Nobody confirms what they recorded themselves, and takes back what the other recorded.
create policy answered_or_ended on agreements for update to pandu_web
  using (state in ('recorded', 'confirmed')
    and (agreement_is_of(answer_id, desk_id, 'provider') or agreement_is_of(answer_id, desk_id, 'requester')))
  with check (case state
    when 'ended' then agreement_is_of(answer_id, desk_id, coalesce(ended_side, 'provider'))
    when 'withdrawn' then recorded_side = ended_side and agreement_is_of(answer_id, desk_id, ended_side)
    when 'recorded' then false
    else agreement_is_of(answer_id, desk_id, case recorded_side when 'provider' then 'requester' else 'provider' end) end);

create or replace function agreements_that_exist() returns table (id uuid, provider text, customer text, state text, starts_on date, ends_on date)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not actor_sees_all() then
    raise insufficient_privilege using message = 'the secretariat alone';
  end if;
  return query select a.id, p.name, coalesce(c.name, ''), a.state, a.starts_on, a.ends_on
    from agreements a join organisations p on p.id = a.organisation_id left join organisations c on c.id = a.customer_id
    order by a.recorded_at desc, a.id desc limit 500;
end $$;

insert into reference_columns (of, table_name, column_name, key_columns, moves) values ('people', 'agreements', 'answered_by', '{}', false);
