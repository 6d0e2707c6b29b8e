-- Whoever writes down a call says which caller it was about; and everybody's calls of a day are found by their time.
grant update (call_back_id) on calls to pandu_web;
create index calls_by_time on calls (at desc, id desc);
