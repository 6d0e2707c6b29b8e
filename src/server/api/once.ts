import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

/** What a command of the API leads to. */
export interface Done {
  status: 200 | 201
  body: unknown
  location?: string
}

export interface Answered {
  status: number
  /** JSON. */
  body: string
  location: string | null
  /** Given before under the same key; nothing was done now. */
  replayed: boolean
}

export interface Asked {
  token_id: string
  person_id: string
  /** Of the header Idempotency-Key; null without one. */
  key: string | null
  /** Of {@link hashOfRequest}. */
  request_hash: string
}

const KEPT_HOURS = 24

/** The header, or null. Refuses `invalid` for an empty or longer one, and for signs that are not printable ASCII. */
export function readKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key')
  if (key === null) return null
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) refuse('invalid', 'invalid', [{ path: 'Idempotency-Key', key: 'fault.key' }])
  return key
}

/** Two requests are the same when method, path and the value of their bodies are; no body is `{}`. */
export function hashOfRequest(method: string, path: string, body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, inOrder(body)]))
    .digest('hex')
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, inOrder(inner)])
}

/**
 * Does the work once for each key of a token. The answer is written in the transaction of the work, so it is there exactly when the
 * effect is: also after a crash between the commit and the answer. Refuses `conflict` (api.in_flight) while the first is at work, and
 * `invalid` for another request under a known key. Work that answers null leaves no answer behind.
 */
export async function once(ctx: Writing, asked: Asked, work: () => Promise<Done | null>): Promise<Answered | null> {
  if (asked.key === null) return answerOf(await work())
  await lockKey(ctx, asked.token_id, asked.key)
  const known = await findAnswer(ctx, asked)
  if (known && known.request_hash !== asked.request_hash)
    refuse('invalid', 'invalid', [{ path: 'Idempotency-Key', key: 'fault.key_used' }])
  if (known) return { status: known.status, body: known.body, location: known.location, replayed: true }
  const answer = answerOf(await work())
  if (answer) await keepAnswer(ctx, asked, answer)
  return answer
}

const answerOf = (done: Done | null): Answered | null =>
  done && { status: done.status, body: JSON.stringify(done.body), location: done.location ?? null, replayed: false }

/** Who comes second is told so at once instead of waiting with a connection in hand. Ends with the transaction. */
async function lockKey(ctx: Writing, token_id: string, key: string): Promise<void> {
  const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(
    hashtextextended(${`answer ${token_id} ${key}`}, 0)) as free`.execute(ctx.tx)
  if (!rows[0]!.free) refuse('conflict', 'api.in_flight')
}

async function findAnswer(ctx: Writing, { token_id, key }: Asked) {
  const { rows } = await sql<{ request_hash: string; status: number; body: string; location: string | null }>`
    select request_hash, status, body, location from kept_answers
    where token_id = ${token_id}::uuid and key = ${key}
      and created_at > ${ctx.now}::timestamptz - make_interval(hours => ${KEPT_HOURS})`.execute(ctx.tx)
  return rows[0]
}

async function keepAnswer(ctx: Writing, asked: Asked, answer: Answered): Promise<void> {
  await sql`insert into kept_answers (token_id, key, person_id, request_hash, status, location, body, created_at)
    values (${asked.token_id}::uuid, ${asked.key}, ${asked.person_id}::uuid, ${asked.request_hash}, ${answer.status}::int,
      ${answer.location}, ${answer.body}, ${ctx.now}::timestamptz)
    -- only one of another day can be in the way
    on conflict (token_id, key) do update set request_hash = excluded.request_hash, status = excluded.status,
      location = excluded.location, body = excluded.body, created_at = excluded.created_at`.execute(ctx.tx)
}

/** Answers hold people's words, so none stays longer than it is good for. */
export async function forgetAnswers(app: App): Promise<void> {
  await sql`delete from kept_answers where (token_id, key) in (
    select token_id, key from kept_answers where created_at < now() - make_interval(hours => ${KEPT_HOURS})
    order by created_at, token_id, key limit 5000)`.execute(app.worker)
}

/** Answers that speak of these people or tickets, before their time: whoever was forgotten must not be answered of again. */
export async function forgetAnswersAbout(app: App, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql`delete from kept_answers where body ~ ${ids.join('|')}::text`.execute(app.worker)
}
