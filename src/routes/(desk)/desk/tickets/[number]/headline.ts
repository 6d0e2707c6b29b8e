import type { Key } from '#messages/format.ts'

/** What the headline of a ticket depends on. */
export interface Standing {
  state: 'new' | 'open' | 'waiting' | 'referred' | 'resolved' | 'closed'
  holder: { agent: { id: string } | null }
  spam_at: Date | null
  closure: { reason: string } | null
  resolution: { confirmed_at: string | null } | null
  /** A message of the requester reopens it; later it opens another one. */
  takes_messages: boolean
}

/** Where the ticket stands and what comes next: one sentence, by the state and by who holds it. */
export function headlineOf(ticket: Standing, me: string): Key {
  if (ticket.spam_at) return 'ticket.line_spam'
  if (ticket.state === 'new' || ticket.state === 'open') {
    if (!ticket.holder.agent) return 'ticket.line_nobody'
    return ticket.holder.agent.id === me ? 'ticket.line_yours' : 'ticket.line_colleague'
  }
  return ticket.takes_messages ? `ticket.line_${ticket.state}` : 'ticket.line_closed_long_ago'
}
