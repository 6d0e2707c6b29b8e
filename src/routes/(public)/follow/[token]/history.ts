import type { Key } from '#messages/format.ts'

/** What a layman is told of the journal; everything else (indexing, notes, spam, reading) is the desk's own affair. */
const sentences = {
  'ticket.opened': 'follow.history_ticket_opened',
  'ticket.claimed': 'follow.history_ticket_claimed',
  'ticket.handed': 'follow.history_ticket_handed',
  'message.received': 'follow.history_message_received',
  'message.sent': 'follow.history_message_sent',
  'ticket.reminded': 'follow.history_ticket_reminded',
  'ticket.resolved': 'follow.history_ticket_resolved',
  'ticket.confirmed': 'follow.history_ticket_confirmed',
  'ticket.reopened': 'follow.history_ticket_reopened',
  'ticket.closed': 'follow.history_ticket_closed',
  'ticket.rated': 'follow.history_ticket_rated',
} as const satisfies Record<string, Key>

export const toldInHistory = (kind: string): kind is keyof typeof sentences => Object.hasOwn(sentences, kind)

/** The sentence's key; '' for a kind that is not told. */
export const sentenceOf = (kind: string): Key | '' => (toldInHistory(kind) ? sentences[kind] : '')
