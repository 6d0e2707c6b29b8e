import { sql, type RawBuilder, type Updateable } from 'kysely'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { must, type Verb } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import type { DB } from '../platform/tables.ts'
import type { Channel } from './open-tickets.ts'
import type { Guarded } from './policy.ts'
import { stateAfter, type State, type Step } from './states.ts'

/** Whether the ticket was given to the actor, by a grant that lives. */
export function granted(ticket_id: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (select from grants g where g.ticket_id = ${ticket_id} and g.person_id = (select actor_person())
    and g.revoked_at is null and (g.until is null or g.until > now()))`
}

/** What a command needs to know of a ticket before it changes it. */
export interface KnownTicket extends Guarded {
  number: string
  subject: string
  language: Language
  channel: Channel
  possible_ticket_id: string | null
  spam_at: Date | null
  state_since: Date
  reminded_at: Date | null
  waiting_since: Date | null
}

const COLUMNS = sql`id, number::text, subject, state, language, channel, holder_desk_id, holder_person_id, requester_id,
  possible_ticket_id, spam_at, state_since, reminded_at, waiting_since, ${granted(sql.ref('tickets.id'))} as granted`

/** One ticket that the actor sees; what they do not see does not exist (`not_found`). */
export async function findTicket(ctx: Reading, ticket_id: string): Promise<KnownTicket> {
  const { rows } =
    await sql<KnownTicket>`${keptPlan}select ${COLUMNS} from tickets where id = ${ticket_id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'ticket.unknown')
}

/**
 * Tickets that the actor sees, locked until the end of the transaction: two commands on one ticket take turns, and the second reads
 * what the first has done. Locked in the order of their ids, so that two batches cannot wait for each other.
 */
export async function lockTickets(ctx: Writing, ids: readonly string[]): Promise<KnownTicket[]> {
  const { rows } =
    await sql<KnownTicket>`select ${COLUMNS} from tickets where id = any (${ids}::uuid[]) order by id for update`.execute(
      ctx.tx,
    )
  return rows
}

export type TicketVerb = Extract<Verb, `ticket.${string}`>

/** The ticket, locked, when the actor sees it (`not_found`), may do this (`forbidden`) and its state allows it (`conflict`). */
export async function takeTicket(
  ctx: Writing,
  ticket_id: string,
  verb: TicketVerb,
  step: Step | null = null,
): Promise<{ ticket: KnownTicket; to: State }> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  if (!ticket) refuse('not_found', 'ticket.unknown')
  must(ctx.actor, verb, ticket)
  const to = step === null ? ticket.state : stateAfter(step, ticket.state)
  return { ticket, to: to ?? refuse('conflict', `ticket.state_${ticket.state}`) }
}

/**
 * Changes a ticket's state and what goes with it. `waiting_since` follows from the messages, so messages are written before.
 * `conflict` when the ticket is no longer as it was read.
 */
export async function moveTicket(
  ctx: Writing,
  ticket: KnownTicket,
  to: State,
  change: Updateable<DB['tickets']> = {},
): Promise<void> {
  const on_our_table = to === 'new' || to === 'open' || to === 'referred'
  const moved = await ctx.tx
    .updateTable('tickets')
    .set({
      state: to,
      waiting_since: on_our_table ? oldestUnanswered(ticket.id) : null,
      ...(to === ticket.state ? {} : { state_since: ctx.now, reminded_at: null }),
      ...change,
    })
    .where('id', '=', ticket.id)
    .where('state', '=', ticket.state)
    .returning('id')
    .execute()
  if (moved.length === 0) refuse('conflict', 'ticket.changed_meanwhile')
}

/** Whether somebody still waits for our word. */
export async function hasUnanswered(ctx: Reading, ticket_id: string): Promise<boolean> {
  const { rows } = await sql<{ since: Date | null }>`select ${oldestUnanswered(ticket_id)} as since`.execute(ctx.db)
  return rows[0]!.since !== null
}

/** The oldest message of the requester's side that no outward message followed; null when everything is answered. */
const oldestUnanswered = (ticket_id: string) => sql<Date | null>`(select min(m.at) from messages m
  where m.ticket_id = ${ticket_id}::uuid and m.direction = 'in' and m.taken_back_at is null and m.at > coalesce((select max(o.at) from messages o
    where o.ticket_id = ${ticket_id}::uuid and o.direction = 'out' and o.taken_back_at is null), '-infinity'))`

/** Ends what stood until now: a resolution and a closure that a reopening takes back. */
export async function liftEnds(ctx: Writing, ticket_ids: readonly string[]): Promise<void> {
  if (ticket_ids.length === 0) return
  for (const table of ['resolutions', 'closures'] as const)
    await sql`update ${sql.table(table)} set reopened_at = ${ctx.now}::timestamptz
      where ticket_id = any (${ticket_ids}::uuid[]) and reopened_at is null`.execute(ctx.tx)
}
