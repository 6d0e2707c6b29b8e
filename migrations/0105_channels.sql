-- Steps of the paid work that somebody needs, commanded by a text and taken back by BATAL.
alter table text_commands drop constraint text_commands_word_check;
alter table text_commands add constraint text_commands_word_check
  check (word in ('solved', 'not_solved', 'rate', 'stop', 'resume', 'disown', 'withdraw', 'object', 'language',
    'ask_providers', 'reply_question', 'show_contacts', 'outcome', 'withdraw_need', 'agreement'));
