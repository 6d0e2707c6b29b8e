-- What two rows of one person have asked about their data moves with a merge. Whoever is about to be forgotten, under a hold, restricted, or
-- named by an incident is not merged before that is settled: no column of those is named.
update reference_columns set moves = true, key_columns = '{id}' where of = 'people' and table_name = 'data_requests' and column_name = 'person_id';
delete from reference_columns where of = 'people' and (table_name, column_name) in (('erasures', 'person_id'), ('incident_people', 'person_id'));
insert into reference_columns (of, table_name, column_name, moves) values
  ('people', 'legal_holds', 'placed_by', false), ('people', 'legal_holds', 'lifted_by', false),
  ('people', 'restrictions', 'placed_by', false), ('people', 'restrictions', 'lifted_by', false)
  on conflict do nothing;
