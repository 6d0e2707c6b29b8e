-- The web's role called what ends a sign-in for anybody: commands asked who may, the database did not. Now it ends its own actor's, and
-- anybody's for an administrator, by functions of its own that ask. Those that ask nobody are left to the worker's role (the sign-in door,
-- the command line): two functions, because with the owner's rights current_user says nothing of who called.
create function actor_may_end(person uuid) returns boolean language sql stable security definer set search_path = pg_catalog, public as
  $$ select coalesce(person = actor_person(), false) or actor_administers() $$;
revoke all on function actor_may_end(uuid) from public;

create function end_sessions_as_actor(person uuid) returns int language plpgsql volatile security definer set search_path = '' as $$
begin
  if not public.actor_may_end(person) then raise insufficient_privilege using message = 'not the actor’s own sessions'; end if;
  return public.end_sessions(person);
end $$;

create function end_second_factor_as_actor(person uuid) returns boolean language plpgsql volatile security definer set search_path = '' as $$
begin
  if not public.actor_may_end(person) then raise insufficient_privilege using message = 'not the actor’s own second factor'; end if;
  return public.end_second_factor(person);
end $$;

revoke all on function end_sessions_as_actor(uuid), end_second_factor_as_actor(uuid) from public;
grant execute on function end_sessions_as_actor(uuid), end_second_factor_as_actor(uuid) to pandu_web;
revoke execute on function end_sessions(uuid), end_second_factor(uuid) from pandu_web;

-- Any staff took back anybody's invitation. Only the web's role has this one.
create or replace function end_invitations(person uuid) returns int language plpgsql volatile security definer set search_path = '' as $$
declare ended int;
begin
  if not public.actor_may_end(person) then raise insufficient_privilege using message = 'not the actor’s own invitation'; end if;
  update public.one_time_links set used_at = now() where person_id = person and purpose = 'invite' and used_at is null;
  get diagnostics ended = row_count;
  return ended;
end $$;

-- A backup of when somebody who was erased since was the only administrator could not be started: forgetting them again took the last one.
-- That may be: with no administrator left the start prints the link that makes the first. Asked in the trigger's condition, where current_user
-- is whoever deletes; in the function, which has the owner's rights, it is the owner.
create function forgets_again() returns boolean language sql stable
  return current_user = 'pandu_worker' and coalesce(current_setting('pandu.forgets_again', true), '') = 'on';
drop trigger an_administrator_stays on roles;
create constraint trigger an_administrator_stays after delete or update on roles
  for each row when (old.role = 'administrator' and not forgets_again()) execute function an_administrator_stays();
drop trigger an_administrator_stays on accounts;
create constraint trigger an_administrator_stays after delete on accounts
  for each row when (not forgets_again()) execute function an_administrator_stays();
