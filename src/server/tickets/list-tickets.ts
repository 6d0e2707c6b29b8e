import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Reading, StaffActor } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { isId } from '../platform/ids.ts'
import { mustAsPerson } from '../platform/may.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import { withoutVisibility } from './index-tickets.ts'
import { readNumber } from './number.ts'
import { states } from './states.ts'
import { ticketColumns, ticketTables, type TicketRow } from './ticket-rows.ts'
import { countedTickets, isWorkView, viewCondition, views, viewTickets } from './views.ts'

export const ListTickets = z.object({
  /** Default: `all`. */
  view: z.enum(views).optional(),
  desk: z.uuid().optional(),
  /** A person, or nobody. */
  holder: z.union([z.uuid(), z.literal('nobody')]).optional(),
  state: z.enum(states).optional(),
  topic: z.string().max(80).optional(),
  /** A province takes in its regencies. */
  region: z
    .string()
    .regex(/^\d{2}(\.\d{2})?$/)
    .optional(),
  /** Whose requests: a person's id. */
  requester: z.uuid().optional(),
  /** Of one institution: its id. */
  organisation: z.uuid().optional(),
  /** A number, or words as in a search engine: all of them, "a phrase", -not, or. */
  query: z.string().trim().max(200).optional(),
  /** Also the work views newest first. */
  newest_first: z.boolean().optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
})
export type ListTickets = z.infer<typeof ListTickets>

const LIMIT_DEFAULT = 50
/** find_tickets() gives at most this many; a search that finds more needs another word. */
const FOUND_MAX = 1_001

/**
 * One page of tickets that the actor sees: work views by what waits longest, the others (and every search) newest first. `next` is an
 * opaque cursor, or null at the end. Staff only; refuses `invalid` for a cursor that is not ours.
 */
export async function listTickets(
  ctx: Reading,
  question: ListTickets = {},
): Promise<{ items: TicketRow[]; next: string | null }> {
  const { actor } = ctx
  mustAsPerson(actor, 'ticket.list')
  const view = question.view ?? 'all'
  const limit = question.limit ?? LIMIT_DEFAULT
  const order = isWorkView(view) && !question.query && !question.newest_first ? longestWaiting : newest
  const conditions = [viewCondition(view, actor), ...filters(question)]
  if (question.cursor) conditions.push(order.after(readCursor(question.cursor)))
  // Whoever works at no desk has nothing but what they were given: the first of it is chosen before the wall is asked about each.
  const givenOnly = !actor.sees_all && actor.desks.length === 0 && !isWorkView(view) && filters(question).length === 0
  const firstGiven = () => sql`(select id from actor_granted t where ${sql.join(conditions, sql` and `)}
      order by ${order.by} limit ${sql.lit(limit + 1)}::int) first cross join lateral (select * from tickets where tickets.id = first.id offset 0) t`
  const ask = (found_max: number) =>
    sql<TicketRow & { sort_key: string; found: number }>`${planOf(question)}with page as (
      select t.*, ${order.key}::text as sort_key, ${question.query ? sql`f.found` : sql`0`} as found
      from ${question.query ? found(question.query, found_max) : givenOnly ? firstGiven() : viewTickets(view, actor)}
      where ${sql.join(conditions, sql` and `)} order by ${order.by} limit ${sql.lit(limit + 1)}::int)
    select ${ticketColumns(ctx)}, t.sort_key, t.found from page t ${ticketTables(ctx)} order by ${order.by}`.execute(
      ctx.db,
    )
  const few = isFirstOfAll(question) ? Math.min(2 * (limit + 1), FOUND_MAX) : FOUND_MAX
  let { rows } = await ask(few)
  // Few of the newest may be shown (spam, what was indexed and not yet seen): so one looks deeper.
  if (few < FOUND_MAX && rows.length <= limit && (rows[0]?.found ?? few) >= few) ({ rows } = await ask(FOUND_MAX))
  if (question.query) seen(ctx, 'tickets.searched', { details: { query: question.query } })
  // The desk's own queue is in front of everybody all day; whoever takes lists by a token takes many at once.
  else if (actor.from?.token_id) seen(ctx, 'tickets.listed')
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(({ sort_key: _, found: __, ...row }) => maskedIn(row, ['subject', 'institution'])),
    next: rows.length > limit && last ? writeCursor([last.sort_key, last.id]) : null,
  }
}

/** The first page of a search through everything: a common word is found soon among the newest. */
const isFirstOfAll = (question: ListTickets) =>
  Boolean(question.query) && !question.cursor && (question.view ?? 'all') === 'all' && filters(question).length === 0

// Views and words make few texts; with filters there would be too many to keep.
const planOf = (question: ListTickets) => (filters(question).length === 0 ? keptPlan : sql``)

/** The key is compared as PostgreSQL wrote it: with microseconds, which a JavaScript date would lose. */
type Position = readonly [key: string, id: string]
interface Order {
  key: RawBuilder<unknown>
  by: RawBuilder<unknown>
  after(position: Position): RawBuilder<unknown>
}

const waiting = sql`coalesce(t.waiting_since, 'infinity'::timestamptz)`
const longestWaiting: Order = {
  key: waiting,
  by: sql`${waiting}, t.id`,
  after: ([key, id]) => sql`(${waiting}, t.id) > (${key}::timestamptz, ${id}::uuid)`,
}
const newest: Order = {
  key: sql`t.created_at`,
  by: sql`t.created_at desc, t.id desc`,
  after: ([key, id]) => sql`(t.created_at, t.id) < (${key}::timestamptz, ${id}::uuid)`,
}

const writeCursor = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url')

function readCursor(cursor: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const parts = /^\["([^"\\]{1,40})","([0-9a-f-]{36})"\]$/.exec(text)
  const [key, id] = [parts?.[1] ?? '', parts?.[2] ?? '']
  if (!isId(id) || !(key === 'infinity' || isMoment(key)))
    refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  return [key, id]
}

/** As PostgreSQL writes it, and one that there is: it answers the 30th of February with an error, which would be a bug of ours. */
function isMoment(key: string): boolean {
  const day = /^(\d{4}-\d\d-\d\d) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/.exec(
    key,
  )?.[1]
  const date = new Date(`${day}T00:00:00Z`)
  return date.getUTCFullYear() > 0 && date.toISOString().startsWith(day!)
}

function filters(question: ListTickets): RawBuilder<unknown>[] {
  const { desk, holder, state, topic, region, requester, organisation } = question
  const list: RawBuilder<unknown>[] = []
  if (desk) list.push(sql`t.holder_desk_id = ${desk}::uuid`)
  if (holder === 'nobody') list.push(sql`t.holder_person_id is null`)
  else if (holder) list.push(sql`t.holder_person_id = ${holder}::uuid`)
  if (state) list.push(sql`t.state = ${state}::text`)
  if (requester) list.push(sql`t.requester_id = ${requester}::uuid`)
  if (organisation) list.push(sql`t.organisation_id = ${organisation}::uuid`)
  if (topic) list.push(sql`t.topic_code = ${topic}::text`)
  if (region?.length === 2)
    list.push(sql`(t.region_code = ${region}::text or t.region_code like ${region + '.%'}::text)`)
  else if (region) list.push(sql`t.region_code = ${region}::text`)
  return list
}

/**
 * The tickets that words or a number lead to, from which the list starts: they are few beside a desk's past. "offset 0" looks them up one by
 * one; left the choice, PostgreSQL walks all tickets and asks the wall about each. A mistyped number leads to the words that look like it,
 * thus usually nowhere.
 */
function found(query: string, most: number): RawBuilder<unknown> {
  const number = readNumber(query)
  if (number) return sql`(select * from tickets where number = ${number}::bigint) t cross join (select 1 as found) f`
  // An empty query would find everything that the actor may see.
  return sql`(select ticket_id, (count(*) over ())::int as found from websearch_to_tsquery('simple', ${withoutVisibility(query)}) q,
    find_tickets(q, ${most}::int) where numnode(q) > 0) f
    cross join lateral (select * from tickets where tickets.id = f.ticket_id offset 0) t`
}

/** How many stand in each view; above 1 000 only that there are more. One statement, each view cut short (architecture: Counts). */
export async function countViews(
  ctx: Reading,
): Promise<{ view: (typeof views)[number]; count: number; more: boolean }[]> {
  mustAsPerson(ctx.actor, 'ticket.list')
  const actor: StaffActor = ctx.actor
  const parts = views.map(
    (view) =>
      sql`(select count(*)::int from (select from ${countedTickets(view, actor)} where ${viewCondition(view, actor)} limit ${COUNT_MAX + 1}) c) as ${sql.ref(view)}`,
  )
  const { rows } = await sql<Record<string, number>>`${keptPlan}${
    // Whoever has no desk sees a few granted tickets, which one pass counts for all views.
    actor.sees_all || actor.desks.length > 0 ? sql`select ${sql.join(parts)}` : countTogether(actor)
  }`.execute(ctx.db)
  return views.map((view) => {
    const count = rows[0]![view] ?? 0
    return { view, count: Math.min(count, COUNT_MAX), more: count > COUNT_MAX }
  })
}
const COUNT_MAX = 1_000

const countTogether = (actor: StaffActor) =>
  sql`select ${sql.join(
    views.map((view) => sql`count(*) filter (where ${viewCondition(view, actor)})::int as ${sql.ref(view)}`),
  )} from ${countedTickets('all', actor)}`
