/** What the desk's pages say, also after they have gone on without the server. Words of mails and of the public pages stay there. */
// prettier-ignore
export const wordsOfTheDesk = [
  'app.', 'desk.', 'ticket.', 'people.', 'intake.', 'outbox.', 'layout.', 'form.', 'fault.', 'refusal.', 'error.', 'state.', 'urgency.',
  'kind.', 'channel.', 'fact.', 'span.', 'view.', 'key.', 'upload.', 'resolution.', 'sign_out.',
]

/** The settings' own words go only to those who open them: they are as many as all the others. */
export const wordsOfTheSettings = [...wordsOfTheDesk, 'settings.', 'vocabulary.']
