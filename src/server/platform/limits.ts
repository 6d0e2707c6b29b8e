import { sql } from 'kysely'
import type { Writing } from './context.ts'
import { refuse } from './refusal.ts'

export interface Limit {
  /** What is limited, e.g. 'sign_in'. */
  name: string
  /** Whom: an address, a client; kept only as a keyed hash. */
  whom: string
  max: number
  window_seconds: number
}

/**
 * Counts one hit in a fixed window shared by all processes and refuses `too_many` above the limit. Runs in the caller's transaction:
 * use a transaction of its own where a failed attempt must be counted although the rest is rolled back.
 */
export async function countHit(ctx: Writing, limit: Limit): Promise<void> {
  if ((await hits(ctx, limit)) > limit.max) refuse('too_many', 'too_many')
}

/** Counts one hit and answers how many there were in this window, this one included. */
export async function hits(ctx: Writing, limit: Limit): Promise<number> {
  const bucket = ctx.app.secrets.sign('rate_limit', limit.name, limit.whom).toString('base64url')
  const window = new Date(Math.floor(ctx.now.getTime() / (limit.window_seconds * 1000)) * limit.window_seconds * 1000)
  const { rows } = await sql<{ hits: number }>`insert into limit_hits (bucket, window_start, hits)
    values (${bucket}, ${window}::timestamptz, 1)
    on conflict (bucket, window_start) do update set hits = limit_hits.hits + 1 returning hits`.execute(ctx.tx)
  return rows[0]!.hits
}
