-- New rules of referral are tried on what was decided before they count; and two decisions at once do not both take a desk's last free place.

-- What a version would have decided otherwise, as it was shown to whoever saved it (referrals/try-policy.ts).
create table referral_policy_trials (
  version text primary key references referral_policies,
  trial jsonb not null,
  tried_at timestamptz not null,
  tried_by uuid references people
);
alter table referral_policy_trials enable row level security;
grant select, insert on referral_policy_trials to pandu_web, pandu_worker;
create policy worker_all on referral_policy_trials to pandu_worker using (true) with check (true);
create policy coordinated on referral_policy_trials to pandu_web
  using ((select actor_coordinates_all())) with check ((select actor_coordinates_all()));
insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('people', 'referral_policy_trials', 'tried_by', '{}', false);

-- Decisions are asked again by the version that made them: its numbers never change, and it counts only after it was tried.
revoke update on referral_policies from pandu_web, pandu_worker;
grant update (active_from) on referral_policies to pandu_web;
alter policy saved on referral_policies with check ((select actor_coordinates_all()) and active_from is null);
alter policy changed on referral_policies using ((select actor_coordinates_all()) and (active_from is null or active_from > now()))
  with check ((select actor_coordinates_all()) and exists (select from referral_policy_trials t where t.version = referral_policies.version));

-- Whether a desk has a free place in the seven days before `at`; who asks holds that answer until the end of the transaction. Null: it has. Else
-- the moment as of which it has none, later than everything that was counted.
create function take_place(of_desk uuid, at timestamptz) returns timestamptz language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('desk places ' || of_desk, 0));
  if (select d.capacity_per_week from desks d where d.id = of_desk) > (select count(*) from offers o where o.desk_id = of_desk
      and (o.state = 'open' or (o.state in ('accepted', 'completed') and o.answered_at > at - interval '7 days'))) then
    return null;
  end if;
  return greatest(at, clock_timestamp());
end $$;
-- The same for the web's role: yes or no about one desk, for those who work tickets.
create function take_place_as_actor(of_desk uuid, at timestamptz) returns timestamptz
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not actor_works() then
    raise insufficient_privilege using message = 'only who works tickets asks somebody';
  end if;
  return take_place(of_desk, at);
end $$;
revoke all on function take_place, take_place_as_actor from public;
grant execute on function take_place to pandu_worker;
grant execute on function take_place_as_actor to pandu_web;
