-- What solved a case and was confirmed by whoever had asked: CARI looks there, by text.
create index resolutions_confirmed on resolutions using gin (to_tsvector('simple', problem))
  where confirmed_at is not null and reopened_at is null;
