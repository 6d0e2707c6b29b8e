import type { Key, Values } from '#messages/format.ts'

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
  'referral.opened': 'follow.history_referral_opened',
  'referral.unmet': 'follow.history_referral_unmet',
  'offer.accepted': 'follow.history_offer_accepted',
  'offer.returned': 'follow.history_offer_returned',
  'paid_need.opened': 'follow.history_paid_need_opened',
  'paid_need.agreed': 'follow.history_paid_need_agreed',
  'paid_answer.given': 'follow.history_paid_answer_given',
  'paid_answer.asked': 'follow.history_paid_answer_asked',
  'paid_answer.undone': 'follow.history_paid_answer_undone',
  'paid_answer.confirmed': 'follow.history_paid_answer_confirmed',
  'paid_need.closed': 'follow.history_paid_need_closed',
  'paid_need.withdrawn': 'follow.history_paid_need_withdrawn',
  'paid_need.expired': 'follow.history_paid_need_expired',
  'paid_need.undone': 'follow.history_paid_need_undone',
} as const satisfies Record<string, Key>

const isTold = (kind: string): kind is keyof typeof sentences => Object.hasOwn(sentences, kind)

/** One line of the history: when, and the sentence with its values. */
export interface Told {
  at: Date
  key: Key
  values: Values
}

interface Fact {
  at: Date
  kind: string
  desk: { name: string } | null
  actor?: { kind: string }
}

/** The facts that are told, in the order given. Where a request went is named; who did it inside is not. */
export const toldHistory = (facts: readonly Fact[]): Told[] =>
  facts.flatMap(({ at, kind, desk, actor }): Told[] => {
    if (!isTold(kind)) return []
    if (kind === 'ticket.handed' && desk)
      return [{ at, key: 'follow.history_ticket_handed_to', values: { desk: desk.name } }]
    if (kind === 'offer.accepted') return [{ at, key: sentences[kind], values: { desk: desk?.name ?? '' } }]
    // Nobody looked at it: the rule for quiet requests did it.
    if (actor?.kind === 'system' && (kind === 'ticket.resolved' || kind === 'ticket.closed'))
      return [{ at, key: `follow.history_${kind === 'ticket.resolved' ? 'resolved' : 'closed'}_quiet`, values: {} }]
    return [{ at, key: sentences[kind], values: {} }]
  })
