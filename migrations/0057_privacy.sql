-- A backup that came into a data folder without the list of erasures (erasures.log): whoever was erased since it was made is back, and nobody
-- knows who. Said at the restore, by the doctor and on the settings pages until somebody writes down what was done about it.
create table unlisted_restores (
  id uuid primary key,
  noticed_at timestamptz not null default now(),
  -- null where the database was put back past Pandu
  backup_made_at timestamptz,
  acknowledged_by uuid references people,
  acknowledged_at timestamptz,
  reason text check (length(reason) between 1 and 2000),
  check ((acknowledged_at is null) = (reason is null))
);
grant select, insert, update on unlisted_restores to pandu_worker;
grant select, update on unlisted_restores to pandu_web;
alter table unlisted_restores enable row level security;
create policy worker_all on unlisted_restores to pandu_worker using (true) with check (true);
create policy sees_all on unlisted_restores to pandu_web using ((select actor_sees_all())) with check ((select actor_coordinates_all()));
insert into reference_columns (of, table_name, column_name, moves) values ('people', 'unlisted_restores', 'acknowledged_by', false);
