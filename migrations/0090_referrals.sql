-- What whoever was asked wants to know of the desk that asks, and what that desk answered. One question is one row; it waits until it is answered
-- or laid aside.
create table offer_questions (
  id uuid primary key,
  offer_id uuid not null references offers,
  ticket_id uuid not null references tickets,
  -- Who asks, and whose it is to answer.
  desk_id uuid not null references desks,
  referring_desk_id uuid not null references desks,
  -- The note with which it stands on the ticket, with what was attached.
  message_id uuid,
  asked_at timestamptz not null,
  asked_by uuid not null references people,
  asked_via text not null check (asked_via in ('web', 'email', 'sms', 'whatsapp')),
  question text not null check (length(question) between 1 and 20000),
  answer text check (length(answer) between 1 and 5000),
  closed_at timestamptz,
  closed_by uuid references people,
  -- Asked or answered while they held the request: it may name the requester, and is nobody's of theirs after that.
  may_name boolean not null,
  check (answer is null or closed_at is not null)
);
create index offer_questions_by_offer on offer_questions (offer_id, asked_at, id);
create index offer_questions_by_ticket on offer_questions (ticket_id);
create index offer_questions_waiting on offer_questions (referring_desk_id, asked_at, id) where closed_at is null;

-- Whoever asks knows the offer, and not who referred it.
create function fill_offer_question() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  select o.ticket_id, o.desk_id, r.referring_desk_id, o.state = 'accepted'
    into strict new.ticket_id, new.desk_id, new.referring_desk_id, new.may_name
    from offers o join referrals r on r.id = o.referral_id where o.id = new.offer_id;
  return new;
end $$;
create trigger fill_offer_question before insert on offer_questions for each row execute function fill_offer_question();
-- Nothing that may name somebody is told as if it named nobody.
create function keep_may_name() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
  new.may_name := new.may_name or old.may_name;
  return new;
end $$;
create trigger keep_may_name before update on offer_questions for each row execute function keep_may_name();

grant select, insert, update on offer_questions to pandu_worker;
grant select on offer_questions to pandu_web;
grant insert (id, offer_id, asked_at, asked_by, asked_via, question) on offer_questions to pandu_web;
grant update (answer, closed_at, closed_by, may_name) on offer_questions to pandu_web;
alter table offer_questions enable row level security;
create policy worker_all on offer_questions to pandu_worker using (true) with check (true);
-- The two desks and the secretariat; whoever asked reads what may name somebody only while they hold the request.
create policy the_two on offer_questions for select to pandu_web using (
  (select actor_sees_all()) or referring_desk_id = any ((select actor_desks())::uuid[])
  or (desk_id = any ((select actor_providers() || actor_desks())::uuid[])
    and (not may_name or exists (select from offers where offers.id = offer_id and offers.state = 'accepted'))));
create policy asked on offer_questions for insert to pandu_web with check (
  desk_id = any ((select actor_providers() || actor_desks())::uuid[]) and asked_by = (select actor_person()) and asked_via = 'web');
create policy answered on offer_questions for update to pandu_web
  using ((select actor_sees_all()) or referring_desk_id = any ((select actor_desks())::uuid[])) with check (true);

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'offer_questions', 'asked_by', '{}', false), ('people', 'offer_questions', 'closed_by', '{}', false);

alter table offer_notices drop constraint offer_notices_kind_check;
alter table offer_notices add constraint offer_notices_kind_check check (kind in
  ('offered', 'reminded', 'taken', 'accepted', 'declined', 'reopened', 'expired', 'cancelled', 'returned', 'written', 'moved', 'desk_answered'));
