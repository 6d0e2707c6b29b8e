-- That somebody reads an address is proved through the doors only (a link that was sent there): who could write it down at the desk could
-- make a stranger's address speak for whoever they see.
revoke insert, update on contact_points from pandu_web;
grant insert (id, person_id, channel, address, normalised, created_at) on contact_points to pandu_web;

-- What a program may ask for at most; the other side of a token is somebody's loop.
alter table api_tokens add column per_minute_max int not null default 60000 check (per_minute_max between 1 and 1000000);
