-- What somebody whose account is closed wrote and did not send is no longer theirs alone: the secretariat makes notes of it.
create policy of_who_left on drafts to pandu_web
  using ((select actor_sees_all()) and exists (select from accounts a where a.person_id = drafts.person_id and a.disabled_at is not null))
  with check (false);
