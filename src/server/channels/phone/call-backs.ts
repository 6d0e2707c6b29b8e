import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'

export interface CallBack {
  id: string
  desk_id: string
  number: string
  ticket_id: string
  ticket_number: string
}

const keyOf = ({ desk_id, number }: { desk_id: string; number: string }) => `call back ${desk_id} ${number}`

/** Who is to be called back is one row, also when two count them at the same moment. Before anything is asked about them. */
export async function lockCallers(
  ctx: Writing,
  callers: readonly { desk_id: string; number: string }[],
): Promise<void> {
  await sql`select pg_advisory_xact_lock(lock) from (
    select distinct hashtextextended(key, 0) as lock from unnest(${callers.map(keyOf)}::text[]) as k (key) order by lock) as locks`.execute(
    ctx.tx,
  )
}

/** Of these callers whoever is to be called back already. */
export async function openCallBacks(
  ctx: Writing,
  callers: readonly { desk_id: string; number: string }[],
): Promise<CallBack[]> {
  const { rows } =
    await sql<CallBack>`select b.id, b.desk_id, b.number, b.ticket_id, b.ticket_number::text as ticket_number from call_backs b
    join jsonb_to_recordset(${JSON.stringify(callers)}::jsonb) as g (desk_id uuid, number text) on g.desk_id = b.desk_id and g.number = b.number
    where b.done_at is null order by b.id`.execute(ctx.tx)
  return rows
}

/** They rang again. */
export async function countCallBacks(ctx: Writing, more: readonly { id: string; times: number; last_at: Date }[]) {
  if (more.length === 0) return
  await sql`update call_backs b set times = b.times + g.times, last_at = greatest(b.last_at, g.last_at)
    from jsonb_to_recordset(${JSON.stringify(more)}::jsonb) as g (id uuid, times int, last_at timestamptz) where b.id = g.id`.execute(
    ctx.tx,
  )
}

export interface NewCallBack {
  desk_id: string
  number: string
  ticket_id: string
  ticket_number: string
  reason: 'missed' | 'wanted'
  first_at: Date
  last_at: Date
  times: number
  planned_at?: Date | null
}

/** Answers their ids in the order given. */
export async function addCallBacks(ctx: Writing, given: readonly NewCallBack[]): Promise<string[]> {
  const rows = given.map((one) => ({ planned_at: null, ...one, id: newId() }))
  if (rows.length === 0) return []
  await sql`insert into call_backs (id, desk_id, number, ticket_id, ticket_number, reason, first_at, last_at, times, planned_at)
    select id, desk_id, number, ticket_id, ticket_number, reason, first_at, last_at, times, planned_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, desk_id uuid, number text, ticket_id uuid, ticket_number bigint,
      reason text, first_at timestamptz, last_at timestamptz, times int, planned_at timestamptz)`.execute(ctx.tx)
  return rows.map(({ id }) => id)
}

/** When somebody can be reached, for a caller who is to be called back already. Answers whether the actor may say so. */
export async function planCallBack(
  ctx: Writing,
  { id, planned_at }: { id: string; planned_at: Date | null },
): Promise<boolean> {
  const { rows } = await sql`update call_backs set planned_at = ${planned_at}::timestamptz
    where id = ${id}::uuid and done_at is null returning id`.execute(ctx.tx)
  return rows.length > 0
}

/** Done: somebody called, or the ticket came to its end. Answers those that were still open. */
export async function endCallBacks(ctx: Writing, ids: readonly string[], by: string | null): Promise<CallBack[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<CallBack>`update call_backs set done_at = ${ctx.now}::timestamptz, done_by = ${by}::uuid
    where id = any (${[...ids]}::uuid[]) and done_at is null
    returning id, desk_id, number, ticket_id, ticket_number::text as ticket_number`.execute(ctx.tx)
  return rows
}

/** What is to be called back on this ticket. */
export async function callBacksOfTicket(ctx: Writing, ticket_id: string): Promise<string[]> {
  const { rows } = await sql<{
    id: string
  }>`select id from call_backs where ticket_id = ${ticket_id}::uuid and done_at is null order by id limit 100`.execute(
    ctx.db,
  )
  return rows.map(({ id }) => id)
}

/** These missed calls count for those callers; or for none, and why. */
export async function explainMissed(
  ctx: Writing,
  given: readonly {
    id: string
    call_back_id?: string
    left_alone?: string
    ticket_id?: string
    ticket_number?: string
  }[],
): Promise<void> {
  if (given.length === 0) return
  await sql`update calls c set call_back_id = g.call_back_id, left_alone = g.left_alone, ticket_id = coalesce(c.ticket_id, g.ticket_id),
      ticket_number = coalesce(c.ticket_number, g.ticket_number)
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id uuid, call_back_id uuid, left_alone text, ticket_id uuid, ticket_number bigint)
    where c.id = g.id`.execute(ctx.tx)
}

/** This call is about that caller. */
export async function linkCallBack(ctx: Writing, { id, call_back_id }: { id: string; call_back_id: string }) {
  await sql`update calls set call_back_id = ${call_back_id}::uuid where id = ${id}::uuid`.execute(ctx.tx)
}
