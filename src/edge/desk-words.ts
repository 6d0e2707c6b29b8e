/** What the desk's pages say, also after they have gone on without the server. Words of mails and of the public pages stay there. */
// prettier-ignore
export const wordsOfTheDesk = [
  'app.', 'desk.', 'ticket.', 'people.', 'intake.', 'outbox.', 'layout.', 'form.', 'fault.', 'refusal.', 'error.', 'state.', 'urgency.',
  'kind.', 'channel.', 'fact.', 'span.', 'view.', 'key.', 'upload.', 'resolution.', 'sign_out.', 'notices.', 'privacy.', 'call.', 'offer.', 'paid.', 'agreement.', 'unit.',
]
