-- Where others wrote somebody's whole name is looked for before that person is forgotten (privacy/find-mentions.ts). Search knows what was said
-- between a desk and a requester; notes and resolutions are looked up here, by the worker's role, which no policy keeps from an index.
create index messages_notes_words on messages using gin (to_tsvector('simple', text)) where direction = 'note';
create index resolutions_words on resolutions using gin (to_tsvector('simple',
  (coalesce(problem, '') || ' ' || coalesce(cause, '') || ' ' || coalesce(alternatives, '') || ' ' || coalesce(steps, ''))));
