-- Answers to POSTs that carried an Idempotency-Key, written in the transaction of what they answer: whoever asks again, also after
-- a crash between commit and answer, gets the same one. Kept for 24 hours.
create table kept_answers (
  token_id uuid not null,
  key text not null check (length(key) between 1 and 255),
  -- whose token it is; the wall around these rows
  person_id uuid not null references people,
  -- SHA-256 over method, path and body
  request_hash text not null,
  status int not null check (status between 200 and 299),
  location text,
  body text not null,
  created_at timestamptz not null default now(),
  primary key (token_id, key)
);
create index kept_answers_oldest on kept_answers (created_at);

grant select, insert, update, delete on kept_answers to pandu_worker;
grant select, insert, update on kept_answers to pandu_web;
alter table kept_answers enable row level security;
create policy worker_all on kept_answers to pandu_worker using (true) with check (true);
create policy own on kept_answers to pandu_web using (person_id = (select actor_person())) with check (person_id = (select actor_person()));
