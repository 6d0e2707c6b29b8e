-- Somebody who takes part in the ticket could not be reached by what was last sent to them; null when all could, as far as is known.
alter table tickets add column undelivered_at timestamptz;
