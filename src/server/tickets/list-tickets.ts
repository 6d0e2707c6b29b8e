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
import { countedTickets, isWorkView, viewCondition, views, viewTickets, type View } from './views.ts'

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
/** How many more than shown a search looks for first: some of it may be hidden. */
const SPARE = 1.25
/** find_tickets() gives at most this many; a search that finds more needs another word. */
const FOUND_MAX = 1_001

/** One page of a list; `next` is an opaque cursor, or null at the end. */
export interface TicketPage {
  items: TicketRow[]
  next: string | null
}

/**
 * One page of tickets that the actor sees: work views by what waits longest, the others (and every search) newest first. Staff only;
 * refuses `invalid` for a cursor that is not ours.
 */
export async function listTickets(ctx: Reading, question: ListTickets = {}): Promise<TicketPage> {
  return (await ask(ctx, question)).page
}

/**
 * The page and how many stand in each view, as they stand beside each other. Whoever has nothing but what they were given has all of it
 * looked through once for both. Refuses like {@link listTickets}.
 */
export async function listQueue(
  ctx: Reading,
  question: ListTickets = {},
): Promise<TicketPage & { views: ViewCount[] }> {
  mustAsPerson(ctx.actor, 'ticket.list')
  if (isOfGiven(ctx.actor, question)) {
    const { page, counts } = await ask(ctx, question, { counts: true })
    return { ...page, views: viewCounts(counts) }
  }
  const [page, counted] = await Promise.all([listTickets(ctx, question), countViews(ctx)])
  return { ...page, views: counted }
}

/** A row of the page, and what stands beside it; where nothing is shown, that alone, with an id of null. */
type Found = TicketRow & { sort_key: string; found?: number; counts?: Counts }
type Counts = Partial<Record<View, number>>

async function ask(
  ctx: Reading,
  question: ListTickets,
  wanted: { counts?: boolean } = {},
): Promise<{ page: TicketPage; counts: Counts }> {
  const { actor } = ctx
  mustAsPerson(actor, 'ticket.list')
  const view = question.view ?? 'all'
  const limit = question.limit ?? LIMIT_DEFAULT
  const order = isWorkView(view) && !question.query && !question.newest_first ? longestWaiting : newest
  const conditions = [viewCondition(view, actor), ...filters(question)]
  if (question.cursor) conditions.push(order.after(readCursor(question.cursor)))
  const theFirst = sql`where ${sql.join(conditions, sql` and `)} order by ${order.by} limit ${sql.lit(limit + 1)}::int`
  const page = (tickets: RawBuilder<unknown>) =>
    sql`page as (select t.*, ${order.key}::text as sort_key from ${tickets} ${theFirst})`
  const columns = sql`${ticketColumns(ctx)}, t.sort_key`
  const tables = sql`page t ${ticketTables(ctx)}`
  const run = async (statement: RawBuilder<unknown>) =>
    (await sql<Found>`${planOf(question)}${statement} order by ${order.by}`.execute(ctx.db)).rows
  const lookedUp = sql`cross join lateral (select * from tickets where tickets.id = chosen.id offset 0) t`

  const search = (query: string, most: number) =>
    run(sql`with hits as materialized (${found(query, most)}), ${page(sql`hits chosen ${lookedUp}`)}
      select ${columns}, beside.* from (select count(*)::int as found from hits) beside left join (${tables}) on true`)
  const searched = async (query: string) => {
    const few = isFirstOfAll(question) ? Math.min(Math.ceil(SPARE * (limit + 1)), FOUND_MAX) : FOUND_MAX
    const rows = await search(query, few)
    // Few of the newest may be shown (spam, what was indexed and not yet seen): so one looks deeper.
    const isTooFew = few < FOUND_MAX && shown(rows).length <= limit && (rows[0]?.found ?? 0) >= few
    return isTooFew ? search(query, FOUND_MAX) : rows
  }
  // Whoever works at no desk has nothing but what they were given: the first of it is chosen before the wall is asked about each.
  const ofGiven = (given: RawBuilder<unknown>) => page(sql`(select id from ${given} t ${theFirst}) chosen ${lookedUp}`)
  const listed = () =>
    wanted.counts
      ? run(sql`with given as materialized (select * from actor_granted), ${ofGiven(sql`given`)}
          select ${columns}, beside.* from (${countTogether(actor, sql`given t`)}) beside left join (${tables}) on true`)
      : run(sql`with ${isOfGiven(actor, question) ? ofGiven(sql`actor_granted`) : page(viewTickets(view, actor))}
          select ${columns} from ${tables}`)

  const rows = await (question.query ? searched(question.query) : listed())
  if (question.query) seen(ctx, 'tickets.searched', { details: { query: question.query } })
  // The desk's own queue is in front of everybody all day; whoever takes lists by a token takes many at once.
  else if (actor.from?.token_id) seen(ctx, 'tickets.listed')
  const items = shown(rows)
  const last = items.slice(0, limit).at(-1)
  return {
    page: {
      items: items
        .slice(0, limit)
        .map(({ sort_key: _, found: __, counts: ___, ...row }) => maskedIn(row, ['subject', 'institution'])),
      next: items.length > limit && last ? writeCursor([last.sort_key, last.id]) : null,
    },
    counts: rows[0]?.counts ?? {},
  }
}

const shown = (rows: readonly Found[]) => rows.filter(({ id }) => id !== null)

/** The first page of a search through everything: a common word is found soon among the newest. */
const isFirstOfAll = (question: ListTickets) =>
  Boolean(question.query) && !question.cursor && (question.view ?? 'all') === 'all' && filters(question).length === 0

/** A list without words and filters for whoever has nothing but what they were given. */
const isOfGiven = (actor: StaffActor, question: ListTickets) =>
  hasOnlyGiven(actor) && !question.query && !isWorkView(question.view ?? 'all') && filters(question).length === 0
const hasOnlyGiven = (actor: StaffActor) => !actor.sees_all && actor.desks.length === 0

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
 * The ids that words or a number lead to, from which the list starts: they are few beside a desk's past. They are looked up one by one
 * ("offset 0"); left the choice, PostgreSQL walks all tickets and asks the wall about each. A mistyped number leads to the words that look
 * like it, thus usually nowhere.
 */
function found(query: string, most: number): RawBuilder<unknown> {
  const number = readNumber(query)
  if (number) return sql`select id from tickets where number = ${number}::bigint`
  // An empty query would find everything that the actor may see.
  return sql`select ticket_id as id from websearch_to_tsquery('simple', ${withoutVisibility(query)}) q,
    find_tickets(q, ${most}::int) where numnode(q) > 0`
}

/** How many stand in a view; above 1 000 only that there are `more`; null where nobody looks, see {@link countViews}. */
export interface ViewCount {
  view: View
  count: number | null
  more: boolean
}
const COUNT_MAX = 1_000
/** Of so many given tickets at most each is counted for the numbers beside another list: 0.4 µs each, 2 where it changed since the last vacuum. */
const GIVEN_MAX = 1_000

/**
 * How many stand in each view. One statement, each view cut short (architecture: Counts). Whoever has nothing but grants, and more than
 * GIVEN_MAX, is told no numbers here, because all of them are gone through. That is beside a search, a filter or a view of work; beside the
 * plain list listQueue goes through them anyway, and counts them.
 */
export async function countViews(ctx: Reading): Promise<ViewCount[]> {
  mustAsPerson(ctx.actor, 'ticket.list')
  const actor: StaffActor = ctx.actor
  const { rows } = await sql<{ counts: Counts | null }>`${keptPlan}${
    // Whoever has no desk sees a few granted tickets, which one pass counts for all views.
    hasOnlyGiven(actor)
      ? sql`select case when (select count(*) from (select from actor_grants limit ${sql.lit(GIVEN_MAX + 1)}) g) <= ${sql.lit(GIVEN_MAX)}
          then (${countTogether(actor, countedTickets('all', actor))}) end as counts`
      : actor.sees_all
        ? sql`select json_build_object(${sql.join(views.map((view) => sql`${sql.lit(view)}, ${countApart(actor, view)}`))}) as counts`
        : countAtDesk(actor)
  }`.execute(ctx.db)
  return viewCounts(rows[0]?.counts ?? null)
}

/** One view by itself, cut short. */
const countApart = (actor: StaffActor, view: View, tickets = countedTickets(view, actor)) =>
  sql`(select count(*) from (select from ${tickets} where ${viewCondition(view, actor)} limit ${sql.lit(COUNT_MAX + 1)}) c)`

/**
 * What the desks hold, view by view, and what is seen without being held: that is gone through once, and only where what is held has not cut
 * the number short already. What is flagged or spam is few, and has indexes of its own. All that is held is the sum of four views.
 */
function countAtDesk(actor: StaffActor): RawBuilder<unknown> {
  const held = views.filter((view) => view !== 'all')
  const elsewhere = ['waiting', 'resolved', 'closed', 'all'] as const
  const plus = (counted: RawBuilder<unknown>, more: RawBuilder<unknown>) =>
    sql`${counted} + case when ${counted} > ${sql.lit(COUNT_MAX)} then 0 else ${more} end`
  const gone = (view: View) => sql`(select e.${sql.id(view)} from elsewhere e)`
  const sum = (view: View) => {
    if (view === 'all') return plus(sql`(h.desk + h.waiting + h.resolved + h.closed)`, gone(view))
    if (isWorkView(view)) return sql`h.${sql.id(view)}`
    const isFew = view === 'possible' || view === 'spam'
    return plus(sql`h.${sql.id(view)}`, isFew ? countApart(actor, view, sql`actor_elsewhere t`) : gone(view))
  }
  return sql`with held as materialized (select ${sql.join(held.map((view) => sql`${countApart(actor, view)} as ${sql.id(view)}`))}),
    elsewhere as materialized (select ${sql.join(
      elsewhere.map((view) => sql`count(*) filter (where ${viewCondition(view, actor)}) as ${sql.id(view)}`),
    )} from actor_elsewhere t)
    select json_build_object(${sql.join(views.map((view) => sql`${sql.lit(view)}, ${sum(view)}`))}) as counts from held h`
}

const countTogether = (actor: StaffActor, given: RawBuilder<unknown>) =>
  sql`select json_build_object(${sql.join(
    views.map((view) => sql`${sql.lit(view)}, count(*) filter (where ${viewCondition(view, actor)})`),
  )}) as counts from ${given}`

const viewCounts = (counts: Counts | null): ViewCount[] =>
  views.map((view) => {
    const count = counts && (counts[view] ?? 0)
    return { view, count: count && Math.min(count, COUNT_MAX), more: (count ?? 0) > COUNT_MAX }
  })
