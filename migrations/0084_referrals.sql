-- Whoever refers while a question stands open wants referring to go on once it is answered.
grant update (goes_on) on referral_questions to pandu_web;
create policy referred on referral_questions for update to pandu_web
  using ((select actor_works()) and is_seen(ticket_id)) with check ((select actor_works()) and is_seen(ticket_id));
