-- Each state of a row of the outbox is a new entry in each of its indexes: those that say nothing more than another are not kept.
-- The newest first is the primary key read backwards.
drop index outbox_newest;
-- Texts have no mail id.
drop index outbox_by_mail_id;
create index outbox_by_mail_id on outbox (mail_id) where mail_id is not null;
-- Parts change three times within seconds, and no index names what changes: with room in their page no index is touched.
alter table outbox_parts set (fillfactor = 60);
