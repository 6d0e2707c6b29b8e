-- The numbers beside the queue are told by an index alone only of pages that a vacuum found to be seen by everybody; of others each ticket is fetched
-- (two thousand given ones: 3.5 ms instead of 1.1). By default a vacuum comes when a fifth of all tickets has changed: at a million requests
-- and a thousand new ones a day, every three or four weeks. Now it comes every week.
alter table tickets set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
