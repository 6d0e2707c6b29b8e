import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import type { App } from '../platform/app.ts'
import { hashOf, randomToken, sameBytes } from '../platform/secrets.ts'
import type { Proof, SessionAtProvider } from './open-session-for.ts'
import type { SessionCookie } from './sign-in-library.ts'
import { cookieValue, ownCookie } from './visit.ts'

/** How long the second step may take. */
export const HALF_SESSION_SECONDS = 600
/** After so many wrong answers the first step must be done again. */
export const HALF_SESSION_TRIES_MAX = 5

/** Somebody who has done the first step of signing in. It opens nothing but the page of the second. */
export interface HalfSession {
  token_hash: string
  person_id: string
  proofs: Proof[]
  due: 'answer' | 'set_up'
  /** The session that ends when the new one begins. */
  replaces: string | null
  /** The provider by which the first step was done. */
  provider: SessionAtProvider | null
  tries: number
}

const atProvider = sql`case when h.provider_issuer is not null
  then jsonb_build_object('issuer', h.provider_issuer, 'sid', h.provider_sid) end`

/** Makes one and answers its cookie and its hash. Only that is kept; the cookie carries our signature for this one purpose. */
export async function beginHalfSession(
  ctx: Writing,
  half: Pick<HalfSession, 'person_id' | 'due' | 'replaces' | 'provider'> & { proofs: readonly Proof[] },
): Promise<{ cookie: SessionCookie; token_hash: string }> {
  const token = randomToken()
  const token_hash = hashOf(token)
  await sql`insert into half_sessions (token_hash, person_id, proofs, due, replaces, provider_issuer, provider_sid, created_at, expires_at)
    values (${token_hash}, ${half.person_id}::uuid, ${[...half.proofs]}::text[], ${half.due}, ${half.replaces}::uuid,
      ${half.provider?.issuer ?? null}, ${half.provider?.sid ?? null}, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz + make_interval(secs => ${HALF_SESSION_SECONDS}::int))`.execute(ctx.tx)
  return {
    cookie: ownCookie(ctx.app, 'half', `${token}.${signature(ctx.app, token)}`, HALF_SESSION_SECONDS),
    token_hash,
  }
}

/** The half session that a request carries; null when none, forged, ended, or of a closed account. Door sign_in. */
export async function findHalfSession(ctx: Reading, headers: Headers): Promise<HalfSession | null> {
  const token = halfToken(ctx.app, headers)
  if (!token) return null
  const { rows } =
    await sql<HalfSession>`select h.token_hash, h.person_id, h.proofs, h.due, h.replaces, h.tries, ${atProvider} as provider
    from half_sessions h join accounts a on a.person_id = h.person_id and a.disabled_at is null
    where h.token_hash = ${hashOf(token)} and h.expires_at > ${ctx.now}::timestamptz and h.tries < ${HALF_SESSION_TRIES_MAX}::int`.execute(
      ctx.db,
    )
  return rows[0] ?? null
}

/**
 * Counts one answer before it is looked at, so that a flood at once has no more tries than one after the other. Null when there is no
 * half session of this kind, or when it has had its tries.
 */
export async function countAnswer(
  ctx: Writing,
  headers: Headers,
  due: HalfSession['due'],
): Promise<HalfSession | null> {
  const token = halfToken(ctx.app, headers)
  if (!token) return null
  const { rows } = await sql<HalfSession>`update half_sessions h set tries = tries + 1 from accounts a
    where h.token_hash = ${hashOf(token)} and h.due = ${due} and h.expires_at > ${ctx.now}::timestamptz
      and h.tries < ${HALF_SESSION_TRIES_MAX}::int and a.person_id = h.person_id and a.disabled_at is null
    returning h.token_hash, h.person_id, h.proofs, h.due, h.replaces, h.tries, ${atProvider} as provider`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

/** Uses it up: of two who come at once, one hears false. */
export async function endHalfSession(ctx: Writing, { token_hash }: Pick<HalfSession, 'token_hash'>): Promise<boolean> {
  const { rows } = await sql`delete from half_sessions where token_hash = ${token_hash} returning 1`.execute(ctx.tx)
  return rows.length === 1
}

/** The cookie that takes it away from the browser. */
export const noHalfSession = (app: App): SessionCookie => ownCookie(app, 'half', '', 0)

const signature = (app: App, token: string) => app.secrets.sign('session', 'half session', token).toString('base64url')

function halfToken(app: App, headers: Headers): string | null {
  const [token, signed] = cookieValue(app, headers, 'half')?.split('.') ?? []
  return token && signed && sameBytes(signed, signature(app, token)) ? token : null
}
