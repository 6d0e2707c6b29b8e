import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import type { FactJob } from '../platform/relay.ts'
import { setDueTimes } from '../tickets/index.ts'
import { expectedAnswers } from './expected-answer.ts'

/**
 * One task starts clocks, the other stops them; both read the tickets and do what those say. The fact only names the ticket: jobs may
 * come late, twice, and in any order.
 */
export const startClocks = (app: App, jobs: readonly FactJob[]): Promise<void> =>
  write(app, system, (ctx) => reckonClocks(ctx, [...new Set(jobs.flatMap((job) => job.ticket_id ?? []))]))
export { startClocks as stopClocks }

/**
 * Makes the clocks of these tickets say what the tickets say. A clock runs from the oldest question that nobody has answered (or from a
 * reopening at the desk) until the answer, the resolution or the closure. Another urgency or desk is reckoned anew from the same start;
 * an answer that was taken back, and spam that was none, let the old clock run on. At most nine statements for any number of tickets.
 */
export async function reckonClocks(ctx: Writing, ticket_ids: readonly string[]): Promise<void> {
  if (ticket_ids.length === 0) return
  const plan = await makePlan(ctx, await lockTickets(ctx, ticket_ids))
  await stopRunning(ctx, plan.stops)
  await changeClocks(ctx, plan.changes)
  await insertClocks(ctx, plan.inserts)
  await setDueTimes(ctx, plan.due_times)
}

interface AskedTicket {
  id: string
  urgency: string
  channel: string
  desk_id: string
  /** Since when somebody waits for our word; null when nobody does. */
  asked_at: Date | null
}
interface KnownClock {
  id: string
  ticket_id: string
  urgency: string
  desk_id: string
  time_zone: string
  working_minutes: number
  started_at: Date
  due_at: Date
  sum: unknown
  stopped_at: Date | null
}
type NewClock = Omit<KnownClock, 'stopped_at'>

/** Locked in the order of their ids, so that two jobs on the same tickets take turns and never wait for each other. */
async function lockTickets(ctx: Writing, ids: readonly string[]): Promise<AskedTicket[]> {
  // A desk that reopens a ticket owes an answer although no new message came.
  const { rows } = await sql<AskedTicket>`
    with locked as (select * from tickets where id = any (${ids}::uuid[]) order by id for no key update)
    select t.id, t.urgency, t.channel, t.holder_desk_id as desk_id,
      case when t.state in ('new', 'open', 'referred') and t.spam_at is null then coalesce(t.waiting_since,
        (select max(f.at) from facts f where f.ticket_id = t.id and f.kind = 'ticket.reopened' and f.about ->> 'by' = 'desk'
          and not exists (select from messages m where m.ticket_id = t.id and m.direction = 'out' and m.taken_back_at is null and m.at > f.at))) end
      as asked_at
    from locked t order by t.id`.execute(ctx.tx)
  return rows
}

async function makePlan(ctx: Writing, tickets: readonly AskedTicket[]) {
  const clocks = Map.groupBy(await findClocks(ctx, tickets), (clock) => clock.ticket_id)
  const stops: string[] = []
  const changes: KnownClock[] = []
  const due_times: { ticket_id: string; due_at: Date | null }[] = []
  const reckoned: { ticket: AskedTicket; asked_at: Date; clock: KnownClock | undefined }[] = []

  for (const ticket of tickets) {
    const { asked_at } = ticket
    const known = clocks.get(ticket.id) ?? []
    const clock = known.find((one) => one.started_at.getTime() === asked_at?.getTime())
    stops.push(...known.filter((one) => one.stopped_at === null && one !== clock).map((one) => one.id))
    if (!asked_at) due_times.push({ ticket_id: ticket.id, due_at: null })
    else if (clock?.urgency === ticket.urgency && clock.desk_id === ticket.desk_id) {
      if (clock.stopped_at) changes.push(clock)
      due_times.push({ ticket_id: ticket.id, due_at: clock.due_at })
    } else reckoned.push({ ticket, asked_at, clock })
  }

  const answers = await expectedAnswers(
    ctx,
    reckoned.map(({ ticket, asked_at }) => ({ ...ticket, at: asked_at })),
  )
  const inserts: NewClock[] = []
  for (const [index, { ticket, asked_at, clock }] of reckoned.entries()) {
    const { due_at, sum, zone: time_zone, working_minutes } = answers[index]!
    const { urgency, desk_id } = ticket
    const row = {
      ticket_id: ticket.id,
      urgency,
      desk_id,
      time_zone,
      working_minutes,
      started_at: asked_at,
      due_at,
      sum,
    }
    if (clock) changes.push({ ...row, id: clock.id, stopped_at: null })
    else inserts.push({ ...row, id: newId() })
    due_times.push({ ticket_id: ticket.id, due_at })
  }
  return { stops, changes, inserts, due_times }
}

/** Those that run, and those that stopped but began when the ticket's question did. */
async function findClocks(ctx: Writing, tickets: readonly AskedTicket[]): Promise<KnownClock[]> {
  const { rows } = await sql<KnownClock>`
    select c.id, c.ticket_id, c.urgency, c.desk_id, c.time_zone, c.working_minutes, c.started_at, c.due_at, c.sum, c.stopped_at
    from jsonb_to_recordset(${JSON.stringify(tickets)}::jsonb) as t (id uuid, asked_at timestamptz)
    join clocks c on c.ticket_id = t.id
    where c.kind = 'answer' and (c.stopped_at is null or c.started_at = t.asked_at)
    order by c.ticket_id, c.stopped_at nulls first, c.id`.execute(ctx.tx)
  return rows
}

/** Stopped by the first answer after the start, else by the end of the ticket, else now. */
async function stopRunning(ctx: Writing, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql`update clocks c set stopped_at = coalesce(
      (select min(m.at) from messages m where m.ticket_id = c.ticket_id and m.direction = 'out' and m.taken_back_at is null and m.at >= c.started_at),
      case when t.state in ('waiting', 'resolved', 'closed') then greatest(t.state_since, c.started_at) end,
      ${ctx.now}::timestamptz)
    from tickets t where t.id = c.ticket_id and c.id = any (${ids}::uuid[])`.execute(ctx.tx)
}

const columns = sql`(id uuid, ticket_id uuid, urgency text, desk_id uuid, time_zone text, working_minutes int, started_at timestamptz,
  due_at timestamptz, sum jsonb)`

async function changeClocks(ctx: Writing, clocks: readonly KnownClock[]): Promise<void> {
  if (clocks.length === 0) return
  await sql`update clocks c set urgency = n.urgency, desk_id = n.desk_id, time_zone = n.time_zone, working_minutes = n.working_minutes,
      due_at = n.due_at, sum = n.sum, stopped_at = null
    from jsonb_to_recordset(${JSON.stringify(clocks)}::jsonb) as n ${columns}
    where c.ticket_id = n.ticket_id and c.id = n.id`.execute(ctx.tx)
}

async function insertClocks(ctx: Writing, clocks: readonly NewClock[]): Promise<void> {
  if (clocks.length === 0) return
  await sql`insert into clocks (ticket_id, id, kind, urgency, desk_id, time_zone, working_minutes, started_at, due_at, sum)
    select ticket_id, id, 'answer', urgency, desk_id, time_zone, working_minutes, started_at, due_at, sum
    from jsonb_to_recordset(${JSON.stringify(clocks)}::jsonb) as n ${columns}`.execute(ctx.tx)
}
