-- What a requester is asked is asked once, and where the answer names several places, once more with those to choose from.
alter table referral_questions
  -- referral: somebody referred, and it was not known · opening: the request came without it.
  add asked_for text not null default 'referral' check (asked_for in ('referral', 'opening')),
  -- Whoever referred chose nobody and wrote no summary: once everything is known, referring goes on by itself.
  add goes_on boolean not null default false,
  -- The places or topics they were given to choose from, in their order.
  add candidates text[],
  add asked_again_at timestamptz,
  add answered_at timestamptz,
  -- Whose words they were understood from.
  add answer_message_id uuid,
  add check ((answered_at is null) = (answer_message_id is null));
create index referral_questions_open on referral_questions (ticket_id) where answered_at is null;
grant update (candidates, asked_again_at, answered_at, answer_message_id, goes_on) on referral_questions to pandu_worker;
