import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { sweepUsedChallenges } from './browser-bound.ts'

/** Removes sessions that ended and links that closed more than 30 days ago, and what is left of second steps and of browsers that nobody used again. For a daily job; what ended opens nothing in the meantime. */
export async function sweepSignIns(ctx: Writing): Promise<void> {
  await sql`delete from auth.sessions where id in (
    select id from auth.sessions where expires_at < ${ctx.now}::timestamptz - interval '30 days' order by expires_at, id limit 5000)`.execute(
    ctx.tx,
  )
  await sql`delete from one_time_links where token_hash in (
    select token_hash from one_time_links where expires_at < ${ctx.now}::timestamptz - interval '30 days' order by expires_at, token_hash limit 5000)`.execute(
    ctx.tx,
  )
  await sql`delete from half_sessions where token_hash in (
    select token_hash from half_sessions where expires_at < ${ctx.now}::timestamptz order by expires_at, token_hash limit 5000)`.execute(
    ctx.tx,
  )
  await sql`delete from known_devices where (person_id, device_hash) in (
    select person_id, device_hash from known_devices where last_used_at < ${ctx.now}::timestamptz - interval '400 days'
    order by last_used_at, person_id, device_hash limit 5000)`.execute(ctx.tx)
  await sweepUsedChallenges(ctx)
}
