import { sql } from 'kysely'
import { day } from '#messages/moments.ts'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import { lockTickets, type KnownTicket } from './find-ticket.ts'
import { sendOut } from './send-out.ts'
import { stateAfter, type Step } from './states.ts'

/** By ticket: when the next step comes, and the zone of the desk in which the day is told. */
export type NextDays = ReadonlyMap<string, { at: Date; zone: string }>

interface Sentence {
  /** By its name under ticket.quiet and sms; with the day of the next step where that is known. */
  says: 'remind' | 'resolve' | 'close'
  next?: NextDays
}

/**
 * What becomes of a ticket whose requester stays silent: reminded, then resolved, then closed, and told each time. Which tickets are
 * due is the service levels' word; each function takes only those that still wait, so that a sweep may run twice.
 * `next` says by ticket on which day the next step comes, so that the requester is told the day. All answer the ids that they changed.
 */
export async function remindQuiet(
  ctx: Writing,
  ticket_ids: readonly string[],
  next: NextDays = new Map(),
): Promise<string[]> {
  const tickets = (await lockFitting(ctx, ticket_ids, 'remind', ['waiting'])).filter(
    (ticket) => ticket.reminded_at === null,
  )
  await tell(ctx, tickets, { says: 'remind', next }, 'ticket.mail.follow')
  await sql`update tickets set reminded_at = ${ctx.now}::timestamptz where id = any (${idsOf(tickets)}::uuid[])`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    tickets.map((ticket) => ({ kind: 'ticket.reminded', ticket_id: ticket.id })),
  )
  return idsOf(tickets)
}

/** Waiting tickets: our last answer stands as the solution until somebody objects. */
export async function resolveQuiet(
  ctx: Writing,
  ticket_ids: readonly string[],
  next: NextDays = new Map(),
): Promise<string[]> {
  const tickets = await lockFitting(ctx, ticket_ids, 'resolve', ['waiting'])
  await tell(ctx, tickets, { says: 'resolve', next }, 'ticket.mail.follow')
  await moveAll(ctx, tickets, 'resolved')
  await recordAll(
    ctx,
    tickets.map((ticket) => ({
      kind: 'ticket.resolved',
      ticket_id: ticket.id,
      about: { from_state: ticket.state, by: 'silence' },
    })),
  )
  return idsOf(tickets)
}

/** Resolved tickets: `solved` where an answer was written down, else `no_answer`. */
export async function closeQuiet(ctx: Writing, ticket_ids: readonly string[]): Promise<string[]> {
  const tickets = await lockFitting(ctx, ticket_ids, 'close', ['resolved'])
  const closures = tickets.map((ticket) => ({ ticket_id: ticket.id, id: newId() }))
  await tell(ctx, tickets, { says: 'close' }, 'ticket.mail.closed')
  const { rows } = await sql<{
    ticket_id: string
    id: string
    reason: string
  }>`insert into closures (ticket_id, id, reason, closed_at)
    select c.ticket_id, c.id, case when exists (select from resolutions r where r.ticket_id = c.ticket_id and r.reopened_at is null)
      then 'solved' else 'no_answer' end, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(closures)}::jsonb) as c (ticket_id uuid, id uuid)
    returning ticket_id, id, reason`.execute(ctx.tx)
  await moveAll(ctx, tickets, 'closed')
  await recordAll(
    ctx,
    rows.map((closure) => ({
      kind: 'ticket.closed',
      ticket_id: closure.ticket_id,
      about: { closure_id: closure.id, reason: closure.reason, by: 'silence' },
    })),
  )
  return idsOf(tickets)
}

const idsOf = (tickets: readonly KnownTicket[]) => tickets.map((ticket) => ticket.id)

async function lockFitting(
  ctx: Writing,
  ticket_ids: readonly string[],
  step: Step,
  from: readonly KnownTicket['state'][],
): Promise<KnownTicket[]> {
  const tickets = await lockTickets(ctx, ticket_ids)
  return tickets.filter(
    (ticket) => from.includes(ticket.state) && stateAfter(step, ticket.state) !== null && ticket.spam_at === null,
  )
}

const tell = (
  ctx: Writing,
  tickets: readonly KnownTicket[],
  sentence: Sentence,
  footer: Parameters<typeof sendOut>[1][number]['footer'],
) =>
  sendOut(
    ctx,
    tickets.map((ticket) => ({ ticket, ...sayTo(ticket, sentence), author_id: null, leaves_at: ctx.now, footer })),
  )

function sayTo({ id, number, language }: KnownTicket, { says, next }: Sentence): { text: string; sms: string } {
  const step = next?.get(id)
  const key = step && says !== 'close' ? (`${says}_by` as const) : says
  const values = { number, day: step ? day(step.at, step.zone, language) : '' }
  return { text: say(language, `ticket.quiet.${key}`, values), sms: say(language, `sms.${key}`, values) }
}

async function moveAll(ctx: Writing, tickets: readonly KnownTicket[], to: 'resolved' | 'closed') {
  await sql`update tickets set state = ${to}::text, state_since = ${ctx.now}::timestamptz, waiting_since = null, reminded_at = null
    where id = any (${idsOf(tickets)}::uuid[])`.execute(ctx.tx)
}
