import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { MAY_WAIT_PRIORITY } from '../platform/reactions.ts'

/** More than this many within a second are a flood: no desk of people is written to like that. */
const FLOOD_PER_SECOND = 100
/** So long nothing may lie in the ledger untried. */
const UNTRIED_SECONDS_MAX = 0.75
/** So long what may wait waits; then it is done beside the flood. */
const WAITS_SECONDS_MAX = 600
const ASKED_AGAIN_MS = 200

/**
 * Whether what may wait (platform/reactions.ts) has to: more comes in than can be taken, read and followed up together. Then who writes is
 * told `250` first, their request stands on its desk next, and all the rest comes after. Answers from memory for a fifth of a second,
 * because it is asked before each job. `now`: milliseconds that only grow; given by tests.
 */
export function watchFlood(app: App, now: () => number = () => performance.now()): () => Promise<boolean> {
  let asked_at = -Infinity
  let answer: Promise<boolean> = Promise.resolve(false)
  return () => {
    if (now() - asked_at > ASKED_AGAIN_MS) {
      asked_at = now()
      answer = doesFlood(app)
    }
    return answer
  }
}

/**
 * Many came within the last second, or the oldest that nobody has tried yet lies there too long (what was tried, or rests, waits for a
 * reason of its own); and nothing has waited for too long because of it.
 */
async function doesFlood(app: App): Promise<boolean> {
  const { rows } = await sql<{ floods: boolean }>`select (coalesce((
      select received_at between now() - interval '1 second' and now() from intake_items order by id desc offset ${FLOOD_PER_SECOND} limit 1), false)
    or coalesce((
      select received_at < now() - make_interval(secs => ${UNTRIED_SECONDS_MAX}) from intake_items
      where outcome is null and attempts = 0 and (lease_until is null or lease_until < now()) order by id limit 1), false))
    and coalesce((
      select run_at > now() - make_interval(secs => ${WAITS_SECONDS_MAX}) from graphile_worker._private_jobs
      where is_available and priority = ${MAY_WAIT_PRIORITY} order by run_at limit 1), true) as floods`.execute(
    app.worker,
  )
  return rows[0]!.floods
}
