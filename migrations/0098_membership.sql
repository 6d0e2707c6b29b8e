-- What an institution said of itself when it was approved, kept with the organisation: the newest counts. Nothing here is public.
create table organisation_particulars (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  application_id uuid references applications,
  has_legal_form boolean not null,
  business text not null default '' check (length(business) <= 300),
  address text not null default '' check (length(address) <= 500),
  nib text check (length(nib) <= 40),
  npwp text check (length(npwp) <= 40),
  ahu text check (length(ahu) <= 60),
  recorded_at timestamptz not null,
  recorded_by uuid references people
);
create index organisation_particulars_newest on organisation_particulars (organisation_id, recorded_at desc, id desc);
insert into organisation_particulars (id, organisation_id, application_id, has_legal_form, business, address, nib, npwp, ahu, recorded_at, recorded_by)
  select gen_random_uuid(), organisation_id, id, coalesce((form->'institution'->>'has_legal_form')::boolean, false), left(coalesce(form->>'business', ''), 300),
    left(coalesce(form->'institution'->>'address', ''), 500), form->'identifiers'->>'nib', form->'identifiers'->>'npwp', form->'identifiers'->>'ahu',
    decided_at, decided_by
  from applications where state = 'approved' and organisation_id is not null and cleared_at is null and decided_at is not null;

-- A competence that a member or partner says it has, with what shows it; the secretariat confirms or refuses.
create table competence_proposals (
  id uuid primary key,
  desk_id uuid not null references desks,
  competence_code text not null references competences,
  level int not null check (level between 1 and 3),
  kind text not null check (kind in ('certificate', 'finished_work', 'reference')),
  title text not null check (length(title) between 1 and 300),
  url text check (length(url) <= 500),
  valid_until timestamptz not null,
  proposed_at timestamptz not null,
  proposed_by uuid references people,
  state text not null default 'waiting' check (state in ('waiting', 'confirmed', 'refused', 'withdrawn')),
  reason text check (length(reason) between 1 and 2000),
  decided_at timestamptz,
  decided_by uuid references people,
  check ((state = 'waiting') = (decided_at is null)),
  check (state <> 'refused' or reason is not null)
);
create index competence_proposals_waiting on competence_proposals (proposed_at, id) where state = 'waiting';
create index competence_proposals_by_desk on competence_proposals (desk_id, proposed_at desc, id);
create table competence_files (
  proposal_id uuid not null references competence_proposals,
  id uuid not null,
  name text not null,
  type text not null,
  size bigint not null,
  sha256 text not null references blobs,
  at timestamptz not null,
  primary key (proposal_id, id)
);
create index competence_files_by_blob on competence_files (sha256);

grant select, insert on organisation_particulars, competence_files to pandu_web, pandu_worker;
grant update on organisation_particulars to pandu_worker;
grant select, insert, update on competence_proposals to pandu_worker;
grant select, insert on competence_proposals to pandu_web;
grant update (state, reason, decided_at, decided_by) on competence_proposals to pandu_web;
do $$
declare t text;
begin
  foreach t in array array['organisation_particulars', 'competence_proposals', 'competence_files'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy worker_all on %I to pandu_worker using (true) with check (true)', t);
  end loop;
end $$;
-- The institution's own people and the secretariat.
create policy own_or_all on organisation_particulars for select to pandu_web using ((select actor_sees_all())
  or exists (select from desks d where d.organisation_id = organisation_particulars.organisation_id
    and d.id = any ((select actor_providers() || actor_desks())::uuid[]) and d.kind in ('provider', 'own_unit')));
create policy approved on organisation_particulars for insert to pandu_web with check ((select actor_coordinates_all()));
create policy own_or_all on competence_proposals for select to pandu_web
  using ((select actor_sees_all()) or desk_id = any ((select actor_providers())::uuid[]));
create policy led on competence_proposals for insert to pandu_web with check (actor_leads(desk_id) and state = 'waiting');
-- Who proposed it takes it back; only the secretariat's coordinators say anything else.
create policy decided on competence_proposals for update to pandu_web using (state = 'waiting' and actor_leads(desk_id))
  with check (state = 'withdrawn' or (select actor_coordinates_all()));
create policy with_proposal on competence_files for select to pandu_web
  using (exists (select from competence_proposals p where p.id = proposal_id));
create policy with_own on competence_files for insert to pandu_web
  with check (exists (select from competence_proposals p where p.id = proposal_id and p.state = 'waiting' and actor_leads(p.desk_id)));

insert into reference_columns (of, table_name, column_name, key_columns, moves) values
  ('organisations', 'organisation_particulars', 'organisation_id', '{id}', true),
  ('people', 'organisation_particulars', 'recorded_by', '{}', false),
  ('people', 'competence_proposals', 'proposed_by', '{}', false), ('people', 'competence_proposals', 'decided_by', '{}', false);
