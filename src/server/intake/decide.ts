/** Which ticket a mail belongs to, and whether it may enter. Pure: everything it asks was looked up before (look-up.ts). */
import type { Mail } from '../channels/index.ts'
import { isDeliveryReport } from './delivery-reports.ts'

export interface TicketName {
  id: string
  number: string
}
export interface Candidate extends TicketName {
  closed: boolean
}
export interface Participation {
  person_id: string
  folded_name: string
}

export interface Known {
  /** Null when the mail names nobody we could answer. */
  sender: { name: string; folded_name: string; normalised: string } | null
  blocked: boolean
  /** From one of our own addresses. */
  own: boolean
  null_return_path: boolean
  /** The tickets it may belong to, the likeliest first: signed reply address, In-Reply-To, References from the newest. */
  candidates: readonly Candidate[]
  /** Whom a signed reply address of this mail was given to. */
  addressed: ReadonlySet<string>
  /** It answers something that we sent. */
  answers_us: boolean
  /** By ticket id: those who take part and have the sender's address. */
  participations: ReadonlyMap<string, readonly Participation[]>
}

export type Decision =
  | { outcome: 'ticket'; reason: 'automatic' | null; possible_ticket: TicketName | null }
  | { outcome: 'message'; reason: null; ticket: TicketName; author_id: string }
  | { outcome: 'report'; reason: 'delivery_report' | 'automatic_reply' | 'own_mail'; ticket: TicketName | null }
  | { outcome: 'refused'; reason: 'blocked' }
  | { outcome: 'quarantined'; reason: 'no_sender' }

/** Written by a program without anybody having read ours; lists and Exchange mark people's mails too, so those may enter. */
const NOBODY_WROTE_IT = new Set(['auto_submitted', 'auto_reply', 'vacation'])

/**
 * An entry only for somebody who takes part: a number, a header or even a signed address in the hands of anybody else opens a new
 * ticket that names the other one as possible, and a person decides (trust: agent impersonation, Cc takeover).
 */
export function decide(mail: Mail, known: Known): Decision {
  const first = known.candidates[0] ?? null
  if (isDeliveryReport(mail, known.null_return_path))
    return { outcome: 'report', reason: 'delivery_report', ticket: first }
  if (mail.auto.reason === 'loop' || known.own) return { outcome: 'report', reason: 'own_mail', ticket: first }
  if (known.blocked) return { outcome: 'refused', reason: 'blocked' }

  const written_by_nobody = known.null_return_path || NOBODY_WROTE_IT.has(mail.auto.reason ?? '')
  if (written_by_nobody && known.answers_us) return { outcome: 'report', reason: 'automatic_reply', ticket: first }
  if (!known.sender) return { outcome: 'quarantined', reason: 'no_sender' }

  const entered = known.candidates.flatMap((ticket) => authorIn(known, ticket) ?? [])
  // A closed ticket that was followed by another: the conversation goes on there.
  const entry = entered.find(({ ticket }) => !ticket.closed) ?? entered[0]
  if (entry) return { outcome: 'message', reason: null, ...entry }
  const automatic = mail.auto.automatic || known.null_return_path
  return { outcome: 'ticket', reason: automatic ? 'automatic' : null, possible_ticket: first }
}

/** Who of those with this address wrote it: whom the reply address was given to, else who has this name, else the first. */
function authorIn({ participations, addressed, sender }: Known, ticket: Candidate) {
  const all = participations.get(ticket.id) ?? []
  const author =
    all.find((one) => addressed.has(one.person_id)) ??
    all.find((one) => one.folded_name === sender?.folded_name) ??
    all[0]
  return author ? { ticket, author_id: author.person_id } : null
}
