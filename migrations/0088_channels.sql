-- Whoever sees somebody with this number sees what may be written to it, and no more: in which request they spoke last, and the numbers of those
-- between which they were asked to choose, may be another desk's.
revoke select on conversations from pandu_web;
grant select (channel, address, stopped_at, last_in_at) on conversations to pandu_web;
