import type { TicketRow } from '#server/tickets/index.ts'

/**
 * What one line of a list of tickets says, and no more: whatever load answers is written into the page a second time, for its script. A row
 * as the server has it would be two and a half times as much, fifty times a page.
 */
export interface ListedTicket extends Pick<
  TicketRow,
  'id' | 'number' | 'subject' | 'state' | 'waiting_since' | 'due_at'
> {
  /** Where it is more urgent than others. */
  urgent: 'high' | 'emergency' | null
  is_undelivered: boolean
  is_possible_follow_up: boolean
  is_spam: boolean
  /** The institution, or else the requester's name; '' where neither is known. */
  who: string
  /** The regency, where the institution's name does not say it already. */
  region: string | null
  desk: string
  /** Who holds it; null for nobody. */
  agent: string | null
  /** Whoever reads the list holds it. */
  is_mine: boolean
}

export function listedTicket(row: TicketRow, me: string): ListedTicket {
  const { urgency, organisation, institution, requester, region, holder } = row
  const who = organisation?.name ?? institution ?? requester.name
  return {
    id: row.id,
    number: row.number,
    subject: row.subject,
    state: row.state,
    waiting_since: row.waiting_since,
    due_at: row.due_at,
    urgent: urgency === 'high' || urgency === 'emergency' ? urgency : null,
    is_undelivered: row.undelivered_at !== null,
    is_possible_follow_up: row.is_possible_follow_up,
    is_spam: row.spam_at !== null,
    who,
    region: region && !who.includes(region.name) ? region.name : null,
    desk: holder.desk.name,
    agent: holder.agent?.name ?? null,
    is_mine: holder.agent?.id === me,
  }
}
