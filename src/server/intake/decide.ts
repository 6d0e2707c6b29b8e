/** Which ticket a mail belongs to, and whether it may enter. Pure: everything it asks was looked up before (look-up.ts). */
import { isForwarded, type Mail } from '../channels/index.ts'
import type { ProviderMail } from '../referrals/index.ts'
import { isDeliveryReport } from './delivery-reports.ts'
import { whyUnsendable, type Unsendable } from './why-unsendable.ts'

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
  /** By ticket id: the agent who answers it by mail, from their own account, at the address that was given to them. */
  agents: ReadonlyMap<string, string>
  /** The domain of From knows nothing of this mail (look-up.ts). */
  doubtful: boolean
  /** Nobody could find out: a name system was away or slow, which whoever forges a mail can bring about. */
  unproved: boolean
  /** Looked up, and neither its host nor a signature says that it is from this domain: many small offices' mail, and any forgery of it. */
  unvouched?: boolean
  /** A person said that it may enter all the same. */
  accepted: boolean
  /** A provider wrote it about an offer or a case; absent for every other mail. */
  provider?: ProviderMail | null
}

export type Decision =
  | { outcome: 'ticket'; reason: 'automatic' | 'sender_doubtful' | null; possible_ticket: TicketName | null }
  | { outcome: 'message'; reason: 'agent_reply' | null; ticket: TicketName; author_id: string }
  | { outcome: 'report'; reason: 'delivery_report' | 'automatic_reply' | 'own_mail'; ticket: TicketName | null }
  | { outcome: 'refused'; reason: 'blocked' }
  /** Done as what a provider says (referrals: takeProviderMail). */
  | {
      outcome: 'provider'
      reason: null
      entry: ProviderMail & { person_id: string }
      unsendable: Unsendable | null
      is_marked: boolean
    }
  /** An agent's answer that cannot go out as it is: kept, and they are told (tell-unsent.ts). */
  | { outcome: 'refused'; reason: Unsendable; possible_ticket: TicketName; author_id: string }
  | { outcome: 'quarantined'; reason: 'no_sender' }
  /** A piece of a mail whose others are not all there yet (settle-pieces.ts). */
  | { outcome: 'quarantined'; reason: 'partial' | 'partial_other' | 'partial_too_large' }
  /** Held for those who work the ticket that it would enter. */
  | { outcome: 'quarantined'; reason: 'sender_doubtful' | 'forwarded'; possible_ticket: TicketName }

/** Written by a program without anybody having read ours; lists and Exchange mark people's mails too, so those may enter. */
const NOBODY_WROTE_IT = new Set(['auto_submitted', 'auto_reply', 'vacation'])

/** What enters as an agent's answer leaves at once to everybody on the ticket: an old program's "I am away" must not. */
const SPEAKS_FOR_NOBODY = new Set(['precedence', 'list', 'unattended'])

/**
 * An entry only for somebody who takes part, or for the agent who answers: a number, a header or even a signed address in the hands of anybody else opens a new
 * ticket that names the other one as possible, and a person decides (trust: agent impersonation, Cc takeover). Where the sender could not be checked, an id or a number, which others may know,
 * is not enough either: the signed address or marker must be there that only they were given.
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
  if (mail.piece) return { outcome: 'quarantined', reason: 'partial' }

  const provider = known.provider ? fromProvider(mail, known, known.provider) : null
  if (provider) return provider
  const entry = (SPEAKS_FOR_NOBODY.has(mail.auto.reason ?? '') ? null : agentEntry(known)) ?? participantEntry(known)
  if (entry && !known.accepted && (known.doubtful || (known.unproved && !known.addressed.has(entry.author_id))))
    return { outcome: 'quarantined', reason: 'sender_doubtful', possible_ticket: entry.ticket }
  const unsendable = entry?.reason === 'agent_reply' ? whyUnsendable(mail) : null
  if (entry && unsendable)
    return { outcome: 'refused', reason: unsendable, possible_ticket: entry.ticket, author_id: entry.author_id }
  if (entry) return { outcome: 'message', ...entry }
  const automatic = mail.auto.automatic || known.null_return_path
  const reason = known.doubtful ? 'sender_doubtful' : automatic ? 'automatic' : null
  return { outcome: 'ticket', reason, possible_ticket: first }
}

/**
 * What a provider wrote: held where it may not be they, or where it passes on what somebody else wrote, which at the address of a case would reach the
 * requester; a command is an act, so where nothing proves the sender only the address counts that was signed for them; null where it is to be treated like everybody's mail.
 */
function fromProvider(mail: Mail, known: Known, entry: ProviderMail): Decision | null {
  const { ticket, person_id, addressed, kind } = entry
  const is_marked = mail.auto.automatic || known.null_return_path
  if (is_marked && !isMarkedAct(mail, known, entry))
    return addressed ? { outcome: 'report', reason: 'automatic_reply', ticket } : null
  const doubtful =
    person_id === null ||
    (!known.accepted && (known.doubtful || ((known.unproved || known.unvouched === true) && !addressed)))
  // Of somebody who is not on duty a person cannot make a provider: read once more, it opens a request of its own.
  if (doubtful)
    return ticket && !known.accepted
      ? { outcome: 'quarantined', reason: 'sender_doubtful', possible_ticket: ticket }
      : null
  if (kind === 'case' && ticket && !known.accepted && entry.heard.kind === 'words' && isForwarded(mail))
    return { outcome: 'quarantined', reason: 'forwarded', possible_ticket: ticket }
  return {
    outcome: 'provider',
    reason: null,
    entry: { ...entry, person_id },
    unsendable: whyUnsendable(mail),
    is_marked,
  }
}

/**
 * A list, or Exchange, marks what people write as automatic, too. A whole message that is a command with the code of an offer is no "I am away": it
 * counts, where nothing says that a program wrote it. It is such a command as can be done once only, and what it cannot do is told to nobody
 * (take-provider-mail.ts), so two programs cannot answer each other. Everything else that is marked stays a report.
 */
const isMarkedAct = ({ auto }: Mail, { null_return_path }: Known, { heard, offer, ticket }: ProviderMail): boolean =>
  !null_return_path &&
  (auto.reason === null || MARKED_BY_HOSTS.has(auto.reason)) &&
  offer !== null &&
  ticket !== null &&
  heard.kind === 'command' &&
  ['TERIMA', 'TOLAK', 'KEMBALIKAN', 'SELESAI'].includes(heard.command.word)
const MARKED_BY_HOSTS: ReadonlySet<string> = new Set(['precedence', 'list', 'suppressed', 'unattended'])

function agentEntry({ candidates, agents }: Known) {
  const ticket = candidates.find(({ id }) => agents.has(id))
  return ticket ? { reason: 'agent_reply' as const, ticket, author_id: agents.get(ticket.id)! } : null
}

function participantEntry(known: Known) {
  const entered = known.candidates.flatMap((ticket) => authorIn(known, ticket) ?? [])
  // A closed ticket that was followed by another: the conversation goes on there.
  const entry = entered.find(({ ticket }) => !ticket.closed) ?? entered[0]
  return entry ? { reason: null, ...entry } : null
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
