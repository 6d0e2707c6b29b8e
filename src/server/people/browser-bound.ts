import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Writing } from '../platform/context.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'

/** What a browser carries between a question and its answer: a passkey's challenge, the way to a provider and back, what is to be confirmed. */
export type BoundKind = 'passkey' | 'provider' | 'confirm'

/** A challenge is answered at once; at a provider people look for a password, and confirm with a second factor. */
export const BOUND_SECONDS: Record<BoundKind, number> = { passkey: 300, provider: 900, confirm: 600 }

export interface BoundCookie {
  name: string
  value: string
  path: '/'
  httpOnly: true
  sameSite: 'lax'
  secure: boolean
  maxAge: number
}

interface Bound {
  id: string
  ends_at: number
  content: unknown
}

/**
 * Seals something for one browser, as a cookie that only we can read. So whoever answers is whoever asked (login CSRF, stolen codes), and a
 * stranger who asks ten thousand times fills no table. `lax`, because the answer comes from another site by a link.
 */
export function bind(app: App, kind: BoundKind, content: unknown): BoundCookie {
  const bound: Bound = { id: randomToken(), ends_at: Date.now() + BOUND_SECONDS[kind] * 1000, content }
  return cookieOf(app, kind, app.secrets.seal('sign_in_way', JSON.stringify(bound), kind), BOUND_SECONDS[kind])
}

/** The cookie that takes it away again. */
export const unbind = (app: App, kind: BoundKind): BoundCookie => cookieOf(app, kind, '', 0)

/** What this browser was given, while its time lasts; null for nothing, too late, another kind or a forgery. Does not use it up. */
export function readBound(app: App, kind: BoundKind, cookie: string | undefined): unknown {
  return boundOf(app, kind, cookie)?.content ?? null
}

/**
 * The same, and uses it up for ever: of two who answer at once one gets null. Runs in the caller's transaction: where a wrong answer must
 * count too, that transaction commits before the answer is looked at.
 */
export async function useBound<Content>(
  ctx: Writing,
  kind: BoundKind,
  cookie: string | undefined,
): Promise<Content | null> {
  const bound = boundOf(ctx.app, kind, cookie)
  if (!bound) return null
  const { rows } = await sql`insert into used_challenges (hash, until)
    values (${hashOf(`${kind} ${bound.id}`)}, to_timestamp(${bound.ends_at / 1000}::float8)) on conflict do nothing returning hash`.execute(
    ctx.tx,
  )
  return rows.length === 1 ? (bound.content as Content) : null
}

/** Forgets what cannot come again because its time is over, at most 5,000 in one go. For a daily job. */
export async function sweepUsedChallenges(ctx: Writing): Promise<void> {
  await sql`delete from used_challenges where hash in (
    select hash from used_challenges where until < ${ctx.now}::timestamptz - interval '1 day' order by until, hash limit 5000)`.execute(
    ctx.tx,
  )
}

function boundOf(app: App, kind: BoundKind, cookie: string | undefined): Bound | null {
  const text = cookie ? app.secrets.unseal('sign_in_way', cookie, kind) : null
  const bound = text === null ? null : (JSON.parse(text) as Bound)
  return bound && bound.ends_at > Date.now() ? bound : null
}

/** `__Host-` binds it to exactly this host; browsers accept that over https only. */
export function boundCookieName(app: App, kind: BoundKind): string {
  return app.settings.PANDU_ORIGIN.startsWith('https:') ? `__Host-pandu_${kind}` : `pandu_${kind}`
}

function cookieOf(app: App, kind: BoundKind, value: string, maxAge: number): BoundCookie {
  const secure = app.settings.PANDU_ORIGIN.startsWith('https:')
  return { name: boundCookieName(app, kind), value, path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge }
}
