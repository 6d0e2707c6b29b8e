-- Consent is taken back by text, too: the number proves itself by the same code.
alter table data_links drop constraint data_links_kind_check;
alter table data_links add constraint data_links_kind_check check (kind in ('copy', 'restriction', 'correction', 'erasure', 'consent'));
