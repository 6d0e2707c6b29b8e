import { sql } from 'kysely'
import type { App } from '../platform/app.ts'

const LOT_MAX = 5_000
/** Machines of one installation may differ by so much. */
const AHEAD_SECONDS = 60

/**
 * Somebody set the clock back: what was put into the outbox before would wait until the clock comes to that moment again, for hours or a year. What was made in the
 * future, and waits for a time that was reckoned there, is due now; nobody can take it back by then. A time that was reckoned since stays. Answers how many.
 */
export async function releaseSetBack(app: App): Promise<number> {
  const { numAffectedRows } = await sql`update outbox set not_before = least(not_before, now()), next_attempt_at = now()
    where id in (select id from outbox where state = 'waiting' and next_attempt_at > now() + make_interval(secs => ${AHEAD_SECONDS}::int)
      and created_at > now() + make_interval(secs => ${AHEAD_SECONDS}::int) and next_attempt_at >= created_at
      order by next_attempt_at, id limit ${LOT_MAX}::int for update skip locked)`.execute(app.worker)
  const released = Number(numAffectedRows ?? 0)
  if (released > 0) app.log.warn({ released }, 'the clock was set back: what had to wait until then leaves now')
  return released
}
