-- Weighing costs its plan, not its rows: the plan is made once for a connection instead of with every referral.
alter function referral_candidates(uuid, timestamptz, text, text[], text, int, uuid) set plan_cache_mode = force_generic_plan;
alter function referral_candidates_as_actor(uuid, uuid, timestamptz, text, text[], text, int, uuid) set plan_cache_mode = force_generic_plan;
