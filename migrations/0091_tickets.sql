-- Whoever has the number by which somebody was told of a ticket says that they are somebody else (SALAH): nothing about this ticket goes there any more,
-- and what comes from there does not belong to it, until another address is chosen.
alter table participants add column disowned_at timestamptz;

-- More of what a text may command, and BATAL takes back.
alter table text_commands drop constraint text_commands_word_check;
alter table text_commands add constraint text_commands_word_check
  check (word in ('solved', 'not_solved', 'rate', 'stop', 'resume', 'disown', 'withdraw', 'object', 'language'));
