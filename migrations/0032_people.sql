-- Personal data (law 27/2022): who must not be forgotten yet, about whom nothing may be done, and whose row is only a pseudonym any more.
alter table people add column erased_at timestamptz;

-- A duty to keep (a dispute, an audit, a court) stops erasure and retention for this person until somebody lifts it with a reason.
create table legal_holds (
  id uuid primary key,
  person_id uuid not null references people,
  reason text not null check (length(reason) between 1 and 2000),
  -- by when somebody must look whether it is still needed; it does not end by itself
  review_on date not null,
  placed_by uuid references people,
  placed_at timestamptz not null default now(),
  lifted_by uuid references people,
  lifted_at timestamptz,
  lift_reason text check (length(lift_reason) between 1 and 2000),
  check ((lifted_at is null) = (lift_reason is null))
);
create unique index one_live_hold on legal_holds (person_id) where lifted_at is null;

-- Somebody whose data are kept and otherwise left alone: no notices, exports, referrals or figures.
create table restrictions (
  id uuid primary key,
  person_id uuid not null references people,
  reason text not null check (length(reason) between 1 and 2000),
  placed_by uuid references people,
  placed_at timestamptz not null default now(),
  lifted_by uuid references people,
  lifted_at timestamptz,
  lift_reason text check (length(lift_reason) between 1 and 2000),
  check ((lifted_at is null) = (lift_reason is null))
);
create unique index one_live_restriction on restrictions (person_id) where lifted_at is null;

grant select, insert, update on legal_holds, restrictions to pandu_web, pandu_worker;
grant delete on contact_points, accounts, consents to pandu_worker;

-- Asked by whoever queues a message, also for somebody who does not see that person.
create function is_restricted(person uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from restrictions r where r.person_id = person and r.lifted_at is null)
$$;
revoke all on function is_restricted from public;
grant execute on function is_restricted to pandu_web, pandu_worker;

do $$
declare t text;
begin
  foreach t in array array['legal_holds', 'restrictions'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
    -- Whoever works for this person sees that it is so, and why; the secretariat decides.
    execute format('create policy met on %I for select to pandu_web
      using ((select actor_sees_all()) or ((select actor_is_staff()) and is_met(person_id)))', t);
    execute format('create policy placed on %I for insert to pandu_web with check ((select actor_sees_all()))', t);
    execute format('create policy lifted on %I for update to pandu_web using ((select actor_sees_all())) with check ((select actor_sees_all()))', t);
  end loop;
end $$;
