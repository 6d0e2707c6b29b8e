-- A lost telephone takes its passkeys with it: an administrator who takes somebody's second factor takes those too.
create or replace function end_second_factor(person uuid) returns boolean language sql volatile security definer set search_path = '' as $$
  with keys as (delete from public.totp_keys where person_id = person returning confirmed_at),
    codes as (delete from public.recovery_codes where person_id = person),
    passkeys as (delete from public.passkeys where person_id = person returning 1),
    halves as (delete from public.half_sessions where person_id = person),
    ended as (select public.end_sessions(person))
  select exists (select from keys where confirmed_at is not null) or exists (select from passkeys) from ended
$$;
