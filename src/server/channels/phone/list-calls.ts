import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Reading } from '../../platform/context.ts'
import { keptPlan } from '../../platform/database.ts'
import { isId } from '../../platform/ids.ts'
import { mustAsPerson } from '../../platform/may.ts'
import { maskedIn } from '../../platform/mask-nik.ts'
import { refuse } from '../../platform/refusal.ts'

export interface CallRow {
  id: string
  direction: 'in' | 'out'
  state: 'ringing' | 'answered' | 'missed' | 'ended'
  at: Date
  answered_at: Date | null
  ended_at: Date | null
  /** Nobody answered, and nobody wrote anything down about it. */
  is_missed: boolean
  /** '' where it is hidden; null where it was never told, or was forgotten. */
  number_told: string | null
  number: string | null
  desk: { id: string; name: string }
  agent: { id: string; name: string } | null
  person: { id: string; name: string } | null
  ticket: { id: string; number: string } | null
  note: string
  result: 'noted' | 'solved' | 'call_back' | 'wrong_number' | null
  logged_at: Date | null
  left_alone: string | null
  /** Null where nobody is to be called back for it. */
  call_back: {
    id: string
    reason: 'missed' | 'wanted'
    first_at: string
    last_at: string
    times: number
    planned_at: string | null
    done_at: string | null
    done_by: string | null
  } | null
}

const missed = sql`(c.direction = 'in' and c.answered_at is null and c.logged_at is null and c.agent_id is null
  and (c.missed_at is not null or c.ended_at is not null))`
const columns = sql`c.id, c.direction, c.state, c.at, c.answered_at, c.ended_at, ${missed} as is_missed, c.number_told, c.number,
  json_build_object('id', d.id, 'name', d.name) as desk,
  case when c.agent_id is not null then json_build_object('id', c.agent_id, 'name', coalesce(a.name, '')) end as agent,
  case when p.id is not null then json_build_object('id', p.id, 'name', p.name) end as person,
  case when c.ticket_id is not null then json_build_object('id', c.ticket_id, 'number', c.ticket_number::text) end as ticket,
  c.note, c.result, c.logged_at, c.left_alone,
  case when b.id is not null then json_build_object('id', b.id, 'reason', b.reason, 'first_at', b.first_at, 'last_at', b.last_at, 'times', b.times,
    'planned_at', b.planned_at, 'done_at', b.done_at, 'done_by', (select name from people where id = b.done_by)) end as call_back`
const tables = sql`join desks d on d.id = c.desk_id left join people a on a.id = c.agent_id left join people p on p.id = c.person_id
  left join call_backs b on b.id = c.call_back_id`

export const callViews = ['today', 'call_back', 'missed', 'mine', 'all'] as const
export type CallView = (typeof callViews)[number]
export const ListCalls = z.object({
  view: z.enum(callViews).default('today'),
  limit: z.int().min(1).max(200).default(50),
  /** `next` of the page before. */
  cursor: z.string().optional(),
  /** Midnight, where the reader is. */
  today_since: z.date(),
})
export type ListCalls = z.input<typeof ListCalls>

/**
 * Calls of the actor's desks. `today` has those that nobody answered first, then the newest; `call_back` has one row a caller who waits to be
 * called back, longest first. Staff only; refuses forbidden, and invalid for a cursor that leads nowhere.
 */
export async function listCalls(ctx: Reading, question: ListCalls): Promise<{ calls: CallRow[]; next: string | null }> {
  mustAsPerson(ctx.actor, 'call.list')
  const { view, limit, today_since, cursor } = ListCalls.parse(question)
  if (cursor !== undefined) await mustBeSeen(ctx, cursor)
  const me = ctx.actor.person_id
  const conditions = {
    today: sql`c.at >= ${today_since}::timestamptz`,
    call_back: sql`b.done_at is null and b.id is not null and c.id = (select n.id from calls n where n.call_back_id = b.id order by n.at desc, n.id desc limit 1)`,
    missed: missed,
    mine: sql`c.agent_id = ${me}::uuid`,
    all: sql`true`,
  }
  const { key, descends } = orders[view]
  const way = sql.raw(descends ? 'desc' : 'asc')
  // The call with which the page before ended stands where it stands now.
  const after = cursor
    ? sql`and (${sql.join(key)}) ${sql.raw(descends ? '<' : '>')} (select ${sql.join(key)} from calls c
        left join call_backs b on b.id = c.call_back_id where c.id = ${cursor}::uuid)`
    : sql``
  const { rows } = await sql<CallRow>`select ${columns} from calls c ${tables}
    where ${conditions[view]} ${after}
    order by ${sql.join(key.map((one) => sql`${one} ${way}`))} limit ${limit + 1}::int`.execute(ctx.db)
  return {
    calls: rows.slice(0, limit).map((row) => maskedIn(row, ['note'])),
    next: rows.length > limit ? rows[limit - 1]!.id : null,
  }
}

const newest = { key: [sql`c.at`, sql`c.id`], descends: true }
const orders = {
  today: { key: [sql`(${missed} and (b.done_at is null and b.id is not null))`, sql`c.at`, sql`c.id`], descends: true },
  call_back: { key: [sql`coalesce(b.planned_at, b.first_at)`, sql`b.id`], descends: false },
  missed: newest,
  mine: newest,
  all: newest,
} as const satisfies Record<CallView, { key: readonly RawBuilder<unknown>[]; descends: boolean }>

async function mustBeSeen(ctx: Reading, cursor: string): Promise<void> {
  const { rows } = isId(cursor) ? await sql`select from calls where id = ${cursor}::uuid`.execute(ctx.db) : { rows: [] }
  if (rows.length === 0) refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
}

/** What rings at the actor's desks now, or is spoken into without a word written down by whoever took it; newest first. */
export async function listRinging(ctx: Reading): Promise<CallRow[]> {
  mustAsPerson(ctx.actor, 'call.list')
  const { rows } = await sql<CallRow>`select ${columns} from calls c ${tables}
    where c.at > ${ctx.now}::timestamptz - interval '10 minutes' and c.direction = 'in' and c.logged_at is null
      and (c.state = 'ringing' or (c.state = 'answered' and c.agent_id = ${ctx.actor.person_id}::uuid))
      and c.desk_id = any (${ctx.actor.desks.map(({ id }) => id)}::uuid[])
    order by c.at desc, c.id desc limit 5`.execute(ctx.db)
  return rows.map((row) => maskedIn(row, ['note']))
}

/** One call. Refuses not_found. */
export async function seeCall(ctx: Reading, id: string): Promise<CallRow> {
  mustAsPerson(ctx.actor, 'call.list')
  if (!isId(id)) refuse('not_found', 'call')
  const { rows } = await sql<CallRow>`select ${columns} from calls c ${tables} where c.id = ${id}::uuid`.execute(ctx.db)
  return maskedIn(rows[0] ?? refuse('not_found', 'call'), ['note'])
}

/** The calls of one ticket, newest first; at most twenty. */
export async function callsOfTicket(ctx: Reading, ticket_id: string): Promise<CallRow[]> {
  const { rows } = await sql<CallRow>`${keptPlan}select ${columns} from calls c ${tables}
    where c.ticket_id = ${ticket_id}::uuid order by c.at desc, c.id desc limit 20`.execute(ctx.db)
  return rows.map((row) => maskedIn(row, ['note']))
}

/** The numbers of our own lines and of our colleagues' telephones among these: nobody is called back there. */
export async function ownNumbersAmong(ctx: Reading, numbers: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{
    number: string
  }>`select number from phone_lines where number = any (${[...numbers]}::text[])`.execute(ctx.db)
  return new Set(rows.map(({ number }) => number))
}

/** When an exchange told something last; null where none ever did. */
export async function newestCall(ctx: Reading): Promise<Date | null> {
  const { rows } = await sql<{
    at: Date
  }>`select at from calls where source <> 'hand' order by at desc, id desc limit 1`.execute(ctx.db)
  return rows[0]?.at ?? null
}
