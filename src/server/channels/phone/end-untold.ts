import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import type { AppliedCall } from './apply-calls.ts'

/** An answer that was told out of order is here by then. */
const AFTER_END_SECONDS = 60
const RINGING_MINUTES_MAX = 10
const BATCH_MAX = 200

/**
 * Calls that came in and ended without having been answered, as far as anybody told, and those that have been ringing for ten minutes: missed
 * from now on. Not those that somebody here took. At most 200 at a time, oldest first.
 */
export async function endUntold(
  ctx: Writing,
): Promise<Pick<AppliedCall, 'id' | 'desk_id' | 'number' | 'number_told' | 'our_number' | 'at'>[]> {
  const { rows } = await sql<
    Pick<AppliedCall, 'id' | 'desk_id' | 'number' | 'number_told' | 'our_number' | 'at'>
  >`update calls set missed_at = coalesce(ended_at, at)
    where id in (select id from calls where missed_at is null and answered_at is null and logged_at is null and direction = 'in' and agent_id is null
        and at < ${ctx.now}::timestamptz - make_interval(secs => ${AFTER_END_SECONDS}::int)
        and (ended_at < ${ctx.now}::timestamptz - make_interval(secs => ${AFTER_END_SECONDS}::int)
          or at < ${ctx.now}::timestamptz - make_interval(mins => ${RINGING_MINUTES_MAX}::int))
      order by at, id limit ${BATCH_MAX}::int for update skip locked)
    returning id, desk_id, number, number_told, our_number, at`.execute(ctx.tx)
  return rows
}
