-- CARI finds what was said in another form of the same word ("cetak", "mencetak"): by PostgreSQL's own dictionaries, one for each language that people write in.
drop index resolutions_confirmed;
create index resolutions_confirmed_id on resolutions using gin (to_tsvector('indonesian', problem))
  where confirmed_at is not null and reopened_at is null;
create index resolutions_confirmed_en on resolutions using gin (to_tsvector('english', problem))
  where confirmed_at is not null and reopened_at is null;
