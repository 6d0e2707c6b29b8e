-- More missed calls than a line may open tickets for in an hour stand in the list only.
alter table calls drop constraint calls_left_alone_check;
alter table calls add constraint calls_left_alone_check check (left_alone in ('hidden', 'internal', 'own', 'blocked', 'logged', 'many'));
