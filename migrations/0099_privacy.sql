-- What people under a legal hold wrote stays whole, also where it names somebody who is forgotten, until the hold ends. By what that person is found again
-- is sealed here until then.
alter table erasures add column put_off text, add column put_off_for uuid[] not null default '{}';
create index erasures_put_off on erasures (person_id) where put_off is not null;
