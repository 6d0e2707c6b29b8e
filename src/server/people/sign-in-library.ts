/**
 * Passwords, sessions and their cookie. The one file that knows how the sign-in library (better-auth) writes hashes, and its tables in
 * schema `auth`; they are read and written on the worker's role only (door `sign_in`). Its routes, sign-up
 * and plugins are not used (docs/decisions: signing in by several factors). Loaded at the first use.
 */
import { createHmac, randomBytes, scrypt } from 'node:crypto'
import { sql, type RawBuilder } from 'kysely'
import type { App } from '../platform/app.ts'
import { through, type Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { randomToken, sameBytes } from '../platform/secrets.ts'

/** A session ends after 12 hours without use, and after 7 days in any case. */
export const SESSION_IDLE_SECONDS = 12 * 3600
export const SESSION_AGE_SECONDS_MAX = 7 * 24 * 3600
/** How often the end is moved on: not with every request. */
const SESSION_RENEW_SECONDS = 600
export const PASSWORD_LENGTH_MIN = 12
export const PASSWORD_LENGTH_MAX = 256

export interface SessionCookie {
  name: string
  value: string
  path: '/'
  httpOnly: true
  sameSite: 'lax'
  secure: boolean
  maxAge: number
}

/** `__Host-` binds the cookie to exactly this host; browsers accept it only over https. */
export function sessionCookie(app: App, value: string): SessionCookie {
  const secure = app.settings.PANDU_ORIGIN.startsWith('https:')
  const maxAge = value === '' ? 0 : SESSION_AGE_SECONDS_MAX
  return { name: cookieName(app), value, path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge }
}

const cookieName = (app: App) =>
  app.settings.PANDU_ORIGIN.startsWith('https:') ? '__Host-pandu_session' : 'pandu_session'
const secretOf = (app: App) => app.secrets.key('session').toString('base64url')

/**
 * scrypt with N = 2^14, r = 16, p = 3: 32 MB as the library has it, and three turns of it instead of one, which is what OWASP's Password
 * Storage Cheat Sheet asks for at this memory (N = 2^15, r = 8, p = 3). The library's own hashes (one turn) are still read.
 */
const COST = { N: 2 ** 14, r: 16, maxmem: 128 * 2 ** 14 * 16 * 2 }
const TURNS = 3
const HASH_BYTES = 64

/** A password's hash with its salt as text: `3:SALT:KEY`. Some 200 ms of one core, outside the event loop (docs/decisions: sign-in). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16).toString('hex')
  return `${TURNS}:${salt}:${(await turn(password, salt, TURNS)).toString('hex')}`
}

/** The hash of no password, compared where there is no account, so that the answer costs the same. */
export const NO_HASH = `${TURNS}:${'0'.repeat(32)}:${'0'.repeat(HASH_BYTES * 2)}`

/** The hash of a code that we made by chance ourselves, by the library: one turn is enough for 60 bits, and ten are made at once. */
export async function hashCode(code: string): Promise<string> {
  const { hashPassword: hash } = await import('better-auth/crypto')
  return hash(code)
}

/** Whether a typed code is the one of which this hash was made. */
export async function matchesCode(hash: string, code: string): Promise<boolean> {
  const { verifyPassword } = await import('better-auth/crypto')
  return verifyPassword({ hash, password: code })
}

/** Whether it was made more cheaply than hashes are made now: then it is made anew with the next sign-in, when the password is at hand. */
export const isCheap = (hash: string): boolean => turnsOf(hash) < TURNS

/** Whether a typed password is the one of which this hash was made; takes as long either way, and as long for a cheap hash as for any. */
export async function matchesPassword(hash: string, password: string): Promise<boolean> {
  if (password.length > PASSWORD_LENGTH_MAX * 4) return false
  const turns = turnsOf(hash)
  const [salt = '', key = ''] = hash.split(':').slice(-2)
  const matches = sameBytes((await turn(password, salt, turns)).toString('hex'), key)
  // What a cheap hash saves would tell that there is an account.
  if (turns < TURNS) await turn(password, salt, TURNS - turns)
  return matches
}

/** The library writes `SALT:KEY` for one turn. */
const turnsOf = (hash: string): number => (hash.split(':').length === 3 ? Number(hash.split(':', 1)[0]) : 1)

const turn = (password: string, salt: string, p: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { ...COST, p }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })

/** Keeps a password's hash at today's cost. Nothing else changes: it is the same password. Nothing is done where it was replaced meanwhile. */
export async function renewHash(ctx: Writing, { before, after }: { before: string; after: string }): Promise<void> {
  await sql`update auth.accounts set password = ${after} where provider_id = 'credential' and password = ${before}`.execute(
    ctx.tx,
  )
}

/**
 * Makes the library's user and its password row in the caller's transaction, so that person, account and password stand or fall
 * together. Answers the user's id, or null when the address has an account already.
 */
export async function addUser(
  ctx: Writing,
  user: { name: string; email: string; password: string },
): Promise<string | null> {
  const id = newId()
  const hash = await hashPassword(user.password)
  const { rows } = await sql`with added as (
      insert into auth.users (id, name, email, email_verified, created_at, updated_at)
      values (${id}::uuid, ${user.name}, ${user.email}, true, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz)
      on conflict (email) do nothing returning id)
    insert into auth.accounts (id, account_id, provider_id, user_id, password, created_at, updated_at)
    select ${newId()}::uuid, id::text, 'credential', id, ${hash}, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz from added
    returning user_id`.execute(ctx.tx)
  return rows.length === 1 ? id : null
}

/**
 * Replaces the password of a person's account and ends all their sessions, and half sessions: those that begin at the same moment with
 * the old password wait for the row, or are there to be ended when it is ours.
 */
export async function replacePassword(ctx: Writing, person_id: string, password: string): Promise<void> {
  const hash = await hashPassword(password)
  await sql`update auth.accounts set password = ${hash}, updated_at = ${ctx.now}::timestamptz
    where provider_id = 'credential' and user_id = (select auth_user_id from accounts where person_id = ${person_id}::uuid)`.execute(
    ctx.tx,
  )
  await sql`update accounts set by_provider_since = null where person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`with halves as (delete from half_sessions where person_id = ${person_id}::uuid)
    select end_sessions(${person_id}::uuid)`.execute(ctx.tx)
}

/**
 * A session, in the caller's transaction; whoever calls has made sure who it is (open-session-for.ts). The library's own row, with the
 * token signed in its own way, and beside it how the person proved who they are.
 * @returns the cookie to set
 */
export async function addSession(
  ctx: Writing,
  session: {
    auth_user_id: string
    proofs: readonly string[]
    provider: { issuer: string; sid: string | null } | null
    client: string
    user_agent: string | null
  },
): Promise<SessionCookie> {
  const token = randomToken()
  await sql`insert into auth.sessions (id, expires_at, token, created_at, updated_at, ip_address, user_agent, user_id, proofs, provider_issuer, provider_sid)
    values (${newId()}::uuid, ${ctx.now}::timestamptz + make_interval(secs => ${SESSION_IDLE_SECONDS}::int), ${token}, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz, ${session.client}, ${session.user_agent}, ${session.auth_user_id}::uuid, ${[...session.proofs]}::text[],
      ${session.provider?.issuer ?? null}, ${session.provider?.sid ?? null})`.execute(ctx.tx)
  return sessionCookie(ctx.app, `${token}.${signatureOf(ctx.app, token)}`)
}

/** Ends one session of a person, silently: another takes its place. */
export async function dropSessionOf(
  ctx: Writing,
  { person_id, session_id }: { person_id: string; session_id: string },
): Promise<void> {
  await sql`delete from auth.sessions s using accounts a
    where s.id = ${session_id}::uuid and a.auth_user_id = s.user_id and a.person_id = ${person_id}::uuid`.execute(
    ctx.tx,
  )
}

export interface SessionRow {
  session_id: string
  /** The database's clock when this was read. */
  now: Date
  /**
   * When who they are was last proved: a renewed sign-in begins a new session. 1970 where nothing says that anything was proved to begin it:
   * a provider may have let them through on a session that stood open there, as it would let through whoever sits at their screen.
   */
  signed_in_at: Date
  person_id: string
  name: string
  language: 'id' | 'en'
}

/** Whose session these request headers carry; null when none, forged, ended, or of a disabled account. Without the library. */
export const readSession = (app: App, headers: Headers): Promise<SessionRow | null> =>
  readSessionWith<unknown>(app, headers, sql`select`)

/**
 * The same, and in the same statement what else every page must know of the person: `more` is a select over `session` (session_id,
 * now, signed_in_at, person_id, name, language) with at most one row. What a page asks by itself is no use (`is_use` false): a desk that stands
 * open on an empty chair must not stay signed in by it (OWASP ASVS 5.0, 7.3.1).
 */
export async function readSessionWith<More>(
  app: App,
  headers: Headers,
  more: RawBuilder<unknown>,
  is_use = true,
): Promise<(SessionRow & More) | null> {
  const token = sessionToken(app, headers)
  if (!token) return null
  const db = through(app, 'sign_in')
  const { rows } = await sql<SessionRow & { renew: boolean; more: More }>`${keptPlan}with session as (
      select s.id as session_id, now() as now, case when s.proofs <@ '{provider,provider_factor}' and s.proofs <> '{}' then to_timestamp(0) else s.created_at end as signed_in_at,
        p.id as person_id, p.name, p.language,
        s.expires_at < now() + make_interval(secs => ${SESSION_IDLE_SECONDS - SESSION_RENEW_SECONDS}::int) as renew
      from auth.sessions s join accounts a on a.auth_user_id = s.user_id join people p on p.id = a.person_id
      where s.token = ${token} and s.expires_at > now() and a.disabled_at is null
        and s.created_at > now() - make_interval(secs => ${SESSION_AGE_SECONDS_MAX}::int))
    select session.*, to_jsonb(more) as more from session cross join lateral (${more}) more`.execute(db)
  const row = rows[0]
  if (!row) return null
  const { renew, more: known, ...session } = row
  if (renew && is_use)
    await sql`update auth.sessions set expires_at = now() + make_interval(secs => ${SESSION_IDLE_SECONDS}::int), updated_at = now()
      where id = ${session.session_id}::uuid`.execute(db)
  return { ...session, ...known }
}

/** Ends the session that these headers carry. Answers whose it was. */
export async function endSession(ctx: Writing, headers: Headers): Promise<string | null> {
  const token = sessionToken(ctx.app, headers)
  if (!token) return null
  const { rows } = await sql<{ person_id: string }>`delete from auth.sessions s using accounts a
    where s.token = ${token} and a.auth_user_id = s.user_id returning a.person_id`.execute(ctx.tx)
  return rows[0]?.person_id ?? null
}

/** The token out of the cookie, when our secret signed it. The library signs `token` with HMAC-SHA256 as `token.base64`. */
function sessionToken(app: App, headers: Headers): string | null {
  const name = `${cookieName(app)}=`
  const pair = headers
    .get('cookie')
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(name))
  const value = pair && decode(pair.slice(name.length))
  const dot = value?.lastIndexOf('.') ?? -1
  if (!value || dot < 1) return null
  const token = value.slice(0, dot)
  return sameBytes(signatureOf(app, token), value.slice(dot + 1)) ? token : null
}

const signatureOf = (app: App, token: string) => createHmac('sha256', secretOf(app)).update(token).digest('base64')

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
