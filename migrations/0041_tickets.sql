-- Whether somebody works here is asked for the names of each list. Since accounts and members of desks stand behind walls of their own, each
-- answer met those walls once more; asked as the owner it is one look into two indexes, and tells no more than yes or no.
alter function is_colleague(uuid) security definer set search_path = pg_catalog, public;
revoke all on function is_colleague(uuid) from public;
grant execute on function is_colleague(uuid) to pandu_web, pandu_worker;
