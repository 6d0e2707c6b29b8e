-- Applications named affiliations and affiliations applications, so no order was left in which a backup could be restored, and none was made.
-- What an application renews is asked by its own folder in the transaction that writes it; the row of the affiliation is never deleted.
alter table applications drop constraint applications_renews_id_fkey;
