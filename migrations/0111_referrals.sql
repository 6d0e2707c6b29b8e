-- A policy sees the row as it was or as it becomes, never both: an answer could be changed after it was given. What is over stays so, for everybody;
-- by a page, a row changes by one of its steps alone.
create function agreement_goes_on() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
  if new.state = old.state and current_user <> 'pandu_web' then
    return new;
  end if;
  if (old.state, new.state) in (('recorded', 'confirmed'), ('recorded', 'declined'), ('recorded', 'withdrawn'), ('confirmed', 'ended')) then
    return new;
  end if;
  raise insufficient_privilege using message = format('no step of an agreement leads from %s to %s', old.state, new.state);
end $$;
create trigger agreement_goes_on before update on agreements for each row execute function agreement_goes_on();
