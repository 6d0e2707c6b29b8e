-- The requester was told that nobody was found.
alter table referrals add told_unmet_at timestamptz;
