import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { refuse } from '../platform/refusal.ts'
import { seen, type Why } from '../platform/sights.ts'
import type { AddressChannel } from '../people/index.ts'
import type { CloseReason } from './end-ticket.ts'
import { granted } from './find-ticket.ts'
import { readNumber } from './number.ts'
import type { State } from './states.ts'
import { ticketColumns, ticketTables, type TicketRow } from './ticket-rows.ts'

interface Named {
  id: string
  name: string
}
/** Another ticket, as far as the actor sees it. */
export interface OtherTicket {
  id: string
  number: string
  subject: string
  state: State
}

/** Times inside the nested objects are RFC 3339 texts; those of the ticket itself are dates. */
export interface Ticket extends TicketRow {
  language: Language
  state_since: Date
  holder_since: Date
  reminded_at: Date | null
  holder_desk_id: string
  holder_person_id: string | null
  requester_id: string
  /** It was given to the reader, who need not work at a desk that sees it. */
  granted: boolean
  /** How the requester can be reached; staff and the requester themselves see it. */
  contacts: { channel: AddressChannel; address: string; verified: boolean }[]
  /** Who takes part beside the requester. */
  participants: { id: string; name: string; part: 'participant' | 'suggested' }[]
  /** Whom a mail on it was also sent to, and about whom nobody has decided; only staff are told. */
  suggested: { normalised: string; address: string; name: string }[]
  /** It was put into this ticket: merges can be undone. */
  merged_into: { id: string; number: string } | null
  /** The ticket to which this one may belong; a person decides with linkPossible() or dismissPossible(). */
  possible_ticket: OtherTicket | null
  /** The one in force; null after a reopening. */
  resolution: {
    id: string
    problem: string
    cause: string | null
    alternatives: string | null
    steps: string
    message_id: string | null
    resolved_by: Named | null
    /** Nobody said so: the rule for quiet tickets did it. (A requester is not told who resolved it.) */
    by_rule: boolean
    resolved_at: string
    confirmed_at: string | null
  } | null
  /** The one in force; null after a reopening. */
  closure: {
    id: string
    reason: CloseReason
    pointer: string | null
    duplicate_of: OtherTicket | null
    closed_by: Named | null
    closed_at: string
  } | null
  rating: { score: number; words: string; rated_at: string } | null
  /** In which of the two an identity number is blotted out: {@link showNumbers}. */
  masked: Record<MaskedPart, boolean>
  /** `from`: this ticket names the other (as whose follow-up, duplicate …); `to`: the other names this one. */
  links: (OtherTicket & { kind: 'follow_up' | 'duplicate' | 'related' | 'part'; direction: 'from' | 'to' })[]
  /** Who wrote it down on behalf of the requester, from which letter. */
  recording: { recorded_by: Named | null; letter_number: string | null; letter_date: string | null } | null
}

/**
 * What stands elsewhere (names of colleagues, other tickets) comes from functions that meet the wall with the actor's own eyes: written out in
 * this statement, each of them would bring the wall's rules along once more, and starting them costs more than all that is read.
 *
 * One ticket with everything that stands around it, by id or by its number as somebody typed it. `not_found` when unseen. Records the look (`ticket.seen`). */
export async function seeTicket(ctx: Reading, question: { id: string } | { number: string }): Promise<Ticket> {
  const which =
    'id' in question ? sql`t.id = ${question.id}::uuid` : sql`t.number = ${readNumber(question.number)}::bigint`
  const around = ctx.actor.kind === 'requester' ? nothingAround : whatIsAround
  const { rows } =
    await sql<Ticket>`${keptPlan}select ${ticketColumns(ctx)}, t.language, t.state_since, t.holder_since, t.reminded_at,
      t.holder_desk_id, t.holder_person_id, t.requester_id, ${granted(sql.ref('t.id'))} as granted,
      (select coalesce(json_agg(json_build_object('channel', c.channel, 'address', c.address, 'verified', c.verified_at is not null)
         order by c.created_at, c.id), '[]') from contact_points c where c.person_id = t.requester_id) as contacts,
      (select coalesce(json_agg(json_build_object('id', p.person_id, 'name', ${around.participant_name}, 'part', p.part) order by p.since, p.person_id), '[]')
         from participants p ${around.participant_people} where p.ticket_id = t.id and p.part <> 'requester') as participants,
      ${around.suggested} as suggested, ${around.merged_into} as merged_into, ${around.possible_ticket} as possible_ticket,
      (select json_build_object('id', r.id, 'problem', r.problem, 'cause', r.cause, 'alternatives', r.alternatives, 'steps', r.steps,
           'message_id', r.message_id, 'resolved_by', person_named(r.resolved_by), 'by_rule', r.resolved_by is null, 'resolved_at', r.resolved_at, 'confirmed_at', r.confirmed_at)
         from resolutions r where r.ticket_id = t.id and r.reopened_at is null) as resolution,
      (select json_build_object('id', c.id, 'reason', c.reason, 'pointer', c.pointer, 'closed_by', person_named(c.closed_by),
           'closed_at', c.closed_at, 'duplicate_of', ticket_named(c.duplicate_of))
         from closures c where c.ticket_id = t.id and c.reopened_at is null) as closure,
      (select json_build_object('score', score, 'words', words, 'rated_at', rated_at) from ratings where ticket_id = t.id) as rating,
      ${around.links} as links,
      (select json_build_object('recorded_by', person_named(r.recorded_by), 'letter_number', r.letter_number, 'letter_date', r.letter_date)
         from recordings r where r.ticket_id = t.id) as recording
    from tickets t ${ticketTables(ctx)} where ${which}`.execute(ctx.db)
  const ticket = rows[0] ?? refuse('not_found', 'ticket.unknown')
  seen(ctx, 'ticket.seen', { ticket_id: ticket.id, why: whyOf(ctx, ticket) })
  return withoutNik(ticket)
}

/** What only the desk is shown: whom else a mail went to, other tickets. */
const whatIsAround = {
  participant_name: sql`coalesce(who.name, '')`,
  participant_people: sql`left join people who on who.id = p.person_id`,
  suggested: sql`(select coalesce(json_agg(json_build_object('normalised', s.normalised, 'address', s.address, 'name', s.name)
    order by s.suggested_at, s.normalised), '[]') from suggested_participants s where s.ticket_id = t.id and s.answer is null)`,
  merged_into: sql`(select o.named::jsonb - '{subject,state}'::text[]
    from messages m cross join lateral (select ticket_named(m.ticket_id) as named offset 0) o
    where m.moved_from = t.id and m.taken_back_at is null and o.named is not null order by m.id limit 1)`,
  possible_ticket: sql`ticket_named(t.possible_ticket_id)`,
  links: sql`(select coalesce(json_agg(o.named::jsonb || jsonb_build_object('kind', l.kind, 'direction', l.direction) order by l.made_at, l.other), '[]')
    from (select made_at, other_id as other, kind, 'from' as direction from ticket_links where ticket_id = t.id
      union all select made_at, ticket_id, kind, 'to' from ticket_links where other_id = t.id) l
    cross join lateral (select ticket_named(l.other) as named offset 0) o where o.named is not null)`,
}
/** A link shows its one ticket; behind the wall all this is empty. What is not asked need not be started either. */
const nothingAround = {
  participant_name: sql`''`,
  participant_people: sql``,
  suggested: sql`'[]'::json`,
  merged_into: sql`null`,
  possible_ticket: sql`null`,
  links: sql`'[]'::json`,
}

/** The first that holds, from the nearest: whoever works at the desk that holds it reads by that, whatever else they may. */
function whyOf({ actor }: Reading, ticket: Ticket): Why {
  if (actor.kind !== 'staff') return 'own_desk'
  if (actor.desks.some(({ id }) => id === ticket.holder.desk.id)) return 'own_desk'
  if (ticket.granted) return 'granted'
  return actor.sees_all ? 'whole_house' : 'earlier_desk'
}

const maskedParts = ['resolution', 'rating'] as const
export type MaskedPart = (typeof maskedParts)[number]
export const isMaskedPart = (text: string): text is MaskedPart => (maskedParts as readonly string[]).includes(text)

/** The same ticket with the identity numbers in its resolution or rating as they were written; recorded (`nik.seen`). For colleagues. */
export async function showNumbers(ctx: Reading, ticket: Ticket, part: MaskedPart): Promise<Ticket> {
  if (ctx.actor.kind !== 'staff' || !ticket.masked[part]) return ticket
  const { rows } = await sql<
    Record<string, string> & { words: string }
  >`select r.problem, r.cause, r.alternatives, r.steps, g.words
    from tickets t left join resolutions r on r.ticket_id = t.id and r.reopened_at is null left join ratings g on g.ticket_id = t.id
    where t.id = ${ticket.id}::uuid`.execute(ctx.db)
  const { words, ...resolution } = rows[0] ?? refuse('not_found', 'ticket.unknown')
  seen(ctx, 'nik.seen', { ticket_id: ticket.id, about: { part } })
  return {
    ...ticket,
    masked: { ...ticket.masked, [part]: false },
    resolution:
      ticket.resolution && part === 'resolution' ? { ...ticket.resolution, ...resolution } : ticket.resolution,
    rating: ticket.rating && part === 'rating' ? { ...ticket.rating, words } : ticket.rating,
  }
}

/** In everything on the page that somebody wrote; the messages blot out their own. */
function withoutNik(ticket: Ticket): Ticket {
  const { closure, possible_ticket, links } = ticket
  const resolution = ticket.resolution && maskedIn(ticket.resolution, ['problem', 'cause', 'alternatives', 'steps'])
  const rating = ticket.rating && maskedIn(ticket.rating, ['words'])
  return {
    ...maskedIn(ticket, ['subject', 'institution']),
    masked: {
      resolution: JSON.stringify(resolution) !== JSON.stringify(ticket.resolution),
      rating: rating?.words !== ticket.rating?.words,
    },
    resolution,
    closure: closure && {
      ...maskedIn(closure, ['pointer']),
      duplicate_of: closure.duplicate_of && maskedIn(closure.duplicate_of, ['subject']),
    },
    rating,
    possible_ticket: possible_ticket && maskedIn(possible_ticket, ['subject']),
    links: links.map((link) => maskedIn(link, ['subject'])),
  }
}
