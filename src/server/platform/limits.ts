import { sql } from 'kysely'
import { netOf } from './client-address.ts'
import type { Reading, Writing } from './context.ts'
import { refuse } from './refusal.ts'

export interface Limit {
  /** What is limited, e.g. 'sign_in'. */
  name: string
  /** Whom: an address, a client, several with a blank between; kept only as a keyed hash. */
  whom: string
  max: number
  window_seconds: number
}

/**
 * Counts one hit in a fixed window shared by all processes and refuses `too_many` above the limit. Runs in the caller's transaction:
 * use a transaction of its own where a failed attempt must be counted although the rest is rolled back.
 */
export async function countHit(ctx: Writing, limit: Limit): Promise<void> {
  const { rows } = await sql<Counted>`insert into limit_hits (bucket, window_start, hits)
    values (${bucketOf(ctx, limit)}, ${windowOf(ctx, limit)}::timestamptz, 1)
    on conflict (bucket, window_start) do update set hits = limit_hits.hits + 1 returning hits, ${mostOf(limit)} as most`.execute(
    ctx.tx,
  )
  if (rows[0]!.hits > rows[0]!.most) refuse('too_many', 'too_many')
}

interface Counted {
  hits: number
  most: number
}
/** What an administrator set for this installation, else as it came (limit-catalog.ts). */
const mostOf = (limit: Limit) =>
  sql<number>`coalesce((select most from set_limits where name = ${limit.name}::text), ${limit.max}::int)`

/** Counts one hit, or `lot` of them, and answers how many there were in this window, these included. */
export async function hits(ctx: Writing, limit: Omit<Limit, 'max'>, lot = 1): Promise<number> {
  const { rows } = await sql<{ hits: number }>`insert into limit_hits (bucket, window_start, hits)
    values (${bucketOf(ctx, limit)}, ${windowOf(ctx, limit)}::timestamptz, ${lot}::int)
    on conflict (bucket, window_start) do update set hits = limit_hits.hits + excluded.hits returning hits`.execute(
    ctx.tx,
  )
  return rows[0]!.hits
}

/** The plural, one statement: for each of these, how many there were in its window, these included. Each of them once. */
export async function hitsOfEach(
  ctx: Writing,
  given: readonly { limit: Omit<Limit, 'max'>; lot: number }[],
): Promise<number[]> {
  if (given.length === 0) return []
  const rows = given.map(({ limit, lot }) => ({
    bucket: bucketOf(ctx, limit),
    window_start: windowOf(ctx, limit),
    lot,
  }))
  const { rows: counted } = await sql<{
    bucket: string
    hits: number
  }>`insert into limit_hits (bucket, window_start, hits)
    select bucket, window_start, lot from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as g (bucket text, window_start timestamptz, lot int) order by bucket
    on conflict (bucket, window_start) do update set hits = limit_hits.hits + excluded.hits returning bucket, hits`.execute(
    ctx.tx,
  )
  const hitsOf = new Map(counted.map((row) => [row.bucket, row.hits]))
  return rows.map(({ bucket }) => hitsOf.get(bucket)!)
}

/**
 * The same as one statement, committed at once, for a failed attempt that must be counted although the rest is rolled back.
 */
export async function countHitAtOnce(ctx: Pick<Reading, 'app' | 'db'>, limit: Limit): Promise<void> {
  const { rows } = await sql<Counted>`insert into limit_hits (bucket, window_start, hits)
    values (${bucketOf(ctx, limit)}, to_timestamp(floor(extract(epoch from now()) / ${limit.window_seconds}::int) * ${limit.window_seconds}::int), 1)
    on conflict (bucket, window_start) do update set hits = limit_hits.hits + 1 returning hits, ${mostOf(limit)} as most`.execute(
    ctx.db,
  )
  if (rows[0]!.hits > rows[0]!.most) refuse('too_many', 'too_many')
}

/**
 * For limits that count failures only, held against a flood of attempts at once: every attempt is counted before it is tried, and a
 * success is forgiven afterwards. Counts one hit on each limit in one statement; refuses `too_many` when any of them is full. Call it in
 * a transaction of its own, so that the count stays although the attempt fails.
 * @returns the window to hand to {@link forgiveHits}
 */
export async function countAttempt(ctx: Writing, limits: readonly Limit[]): Promise<Attempt> {
  const rows = limits.map((limit) => ({
    bucket: bucketOf(ctx, limit),
    window_start: windowOf(ctx, limit),
    max: limit.max,
    name: limit.name,
  }))
  // In one order, so that two attempts never wait for each other in a circle.
  const { rows: full } = await sql`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (bucket text, window_start timestamptz, max int, name text)),
    counted as (
      insert into limit_hits (bucket, window_start, hits)
      select bucket, window_start, 1 from given order by bucket
      on conflict (bucket, window_start) do update set hits = limit_hits.hits + 1 returning bucket, hits)
    select from counted join given using (bucket) left join set_limits s on s.name = given.name where hits > coalesce(s.most, max)`.execute(
    ctx.tx,
  )
  if (full.length > 0) refuse('too_many', 'too_many')
  return rows
}

export type Attempt = readonly { bucket: string; window_start: Date }[]

/** The attempt succeeded: it does not count. */
export async function forgiveHits(ctx: Writing, attempt: Attempt): Promise<void> {
  // Locked in the order of counting. The update names the rows by key: by ctid it would miss what another attempt has just rewritten.
  await sql`with given as (
      select h.bucket, h.window_start from limit_hits h
      join jsonb_to_recordset(${JSON.stringify(attempt)}::jsonb) as g (bucket text, window_start timestamptz)
        on h.bucket = g.bucket and h.window_start = g.window_start
      order by h.bucket for update of h)
    update limit_hits h set hits = h.hits - 1 from given
    where h.bucket = given.bucket and h.window_start = given.window_start`.execute(ctx.tx)
}

/** An address of IPv6 counts with its network: whoever has one has 2⁶⁴ addresses in it. */
const bucketOf = (ctx: Pick<Reading, 'app'>, limit: Omit<Limit, 'max'>) =>
  ctx.app.secrets.sign('rate_limit', limit.name, limit.whom.split(' ').map(netOf).join(' ')).toString('base64url')
const windowOf = (ctx: Writing, limit: Omit<Limit, 'max'>) =>
  new Date(Math.floor(ctx.now.getTime() / (limit.window_seconds * 1000)) * limit.window_seconds * 1000)
