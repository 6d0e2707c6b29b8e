-- What is known of a number or chat from which nothing came for long. That somebody wrote STOP is never taken by it.
insert into retention_rules (kind, keep_days) values ('quiet_numbers', 180);
