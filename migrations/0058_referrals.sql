-- What everybody may read of one quarter's referrals: reckoned once, without small counts (referrals/keep-figures.ts).
create table referral_figures (
  quarter text primary key check (quarter ~ '^20\d\d-Q[1-4]$'),
  figures jsonb not null,
  reckoned_at timestamptz not null default now()
);
create index referrals_by_time on referrals (opened_at);
alter table referral_figures enable row level security;
grant select on referral_figures to pandu_web;
grant select, insert on referral_figures to pandu_worker;
create policy worker_all on referral_figures to pandu_worker using (true) with check (true);
create policy public_read on referral_figures for select to pandu_web using (true);
