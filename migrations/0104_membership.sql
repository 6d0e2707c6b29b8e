-- What shows a competence is kept as long as somebody may ask about it: a certificate of whoever worked there once goes some time after it
-- was refused, taken back, or ended; and with whoever it names.
grant delete on competence_files to pandu_worker;
-- Two years, as declined applications: whoever was refused may ask why.
insert into retention_rules (kind, keep_days) values ('competence_files', 730);
