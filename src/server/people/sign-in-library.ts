/**
 * The one file that knows the library which signs people in (better-auth): passwords, sessions and their cookie. Its open defaults are
 * closed: none of its routes is exposed, nobody signs up through it, and it writes only in schema `auth`, on the worker's role
 * (door `sign_in`). It is loaded at the first use, because loading costs a third of a second of CPU, most of our start.
 */
import { createHmac } from 'node:crypto'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { App } from '../platform/app.ts'
import { through, type Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { sameBytes } from '../platform/secrets.ts'

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

/** scrypt by the library: 32 MB and some 60 ms of one core a hash, outside the event loop. Kept with its salt as text. */
export async function hashPassword(password: string): Promise<string> {
  const { hashPassword: hash } = await import('better-auth/crypto')
  return hash(password)
}

/** Whether a typed password is the one of which this hash was made; takes as long either way. */
export async function matchesPassword(hash: string, password: string): Promise<boolean> {
  if (password.length > PASSWORD_LENGTH_MAX * 4) return false
  const { verifyPassword } = await import('better-auth/crypto')
  return verifyPassword({ hash, password })
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

/** Replaces the password of a person's account and ends all their sessions. */
export async function replacePassword(ctx: Writing, person_id: string, password: string): Promise<void> {
  const hash = await hashPassword(password)
  await sql`with ended as (select end_sessions(${person_id}::uuid))
    update auth.accounts set password = ${hash}, updated_at = ${ctx.now}::timestamptz
    where provider_id = 'credential' and user_id = (select auth_user_id from accounts where person_id = ${person_id}::uuid)
      and (select count(*) from ended) = 1`.execute(ctx.tx)
}

/**
 * The library compares the password and makes a session. Null when address or password is wrong, in the same time for both (it hashes
 * for an unknown address too), or when the account is disabled.
 * @returns the signed value of the session cookie
 */
export async function openSession(app: App, email: string, password: string): Promise<string | null> {
  const { isAPIError } = await import('better-auth/api')
  const library = await libraryOf(app)
  try {
    const { headers } = await library.api.signInEmail({
      body: { email, password },
      headers: new Headers(),
      returnHeaders: true,
    })
    const cookie = headers.getSetCookie().find((line) => line.startsWith(`${cookieName(app)}=`))
    if (!cookie) throw new Error('the sign-in library set no session cookie')
    return decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1).split(';')[0]!)
  } catch (error) {
    if (isAPIError(error) && (error.statusCode === 401 || error.statusCode === 400)) return null
    throw error
  }
}

export interface SessionRow {
  session_id: string
  person_id: string
  name: string
  language: 'id' | 'en'
}

/** Whose session these request headers carry; null when none, forged, ended, or of a disabled account. Without the library. */
export const readSession = (app: App, headers: Headers): Promise<SessionRow | null> =>
  readSessionWith<unknown>(app, headers, sql`select`)

/**
 * The same, and in the same statement what else every page must know of the person: `more` is a select over `session` (session_id,
 * person_id, name, language) with at most one row.
 */
export async function readSessionWith<More>(
  app: App,
  headers: Headers,
  more: RawBuilder<unknown>,
): Promise<(SessionRow & More) | null> {
  const token = sessionToken(app, headers)
  if (!token) return null
  const db = through(app, 'sign_in')
  const { rows } = await sql<SessionRow & { renew: boolean; more: More }>`${keptPlan}with session as (
      select s.id as session_id, p.id as person_id, p.name, p.language,
        s.expires_at < now() + make_interval(secs => ${SESSION_IDLE_SECONDS - SESSION_RENEW_SECONDS}::int) as renew
      from auth.sessions s join accounts a on a.auth_user_id = s.user_id join people p on p.id = a.person_id
      where s.token = ${token} and s.expires_at > now() and a.disabled_at is null
        and s.created_at > now() - make_interval(secs => ${SESSION_AGE_SECONDS_MAX}::int))
    select session.*, to_jsonb(more) as more from session cross join lateral (${more}) more`.execute(db)
  const row = rows[0]
  if (!row) return null
  const { renew, more: known, ...session } = row
  if (renew)
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

/** Notes where a session was begun and what the browser says of itself, for its owner's list of sessions. It goes when the session goes. */
export async function noteSession(
  ctx: Writing,
  { cookie_value, client, user_agent }: { cookie_value: string; client: string; user_agent: string | null },
): Promise<void> {
  await sql`update auth.sessions set ip_address = ${client}, user_agent = ${user_agent?.slice(0, 500) ?? null}
    where token = ${cookie_value.slice(0, cookie_value.lastIndexOf('.'))}`.execute(ctx.tx)
}

/** Ends the session of a cookie that was not given to anybody yet. */
export async function dropSession(ctx: Writing, cookie_value: string): Promise<void> {
  await sql`delete from auth.sessions where token = ${cookie_value.slice(0, cookie_value.lastIndexOf('.'))}`.execute(
    ctx.tx,
  )
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
  const signature = createHmac('sha256', secretOf(app)).update(token).digest('base64')
  return sameBytes(signature, value.slice(dot + 1)) ? token : null
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

// One library an app; keyed by the app, so that it lives and ends with it.
const libraries = new WeakMap<App, Promise<Library>>()
type Library = Awaited<ReturnType<typeof makeLibrary>>

function libraryOf(app: App): Promise<Library> {
  let library = libraries.get(app)
  if (!library) libraries.set(app, (library = makeLibrary(app)))
  return library
}

async function makeLibrary(app: App) {
  const { betterAuth } = await import('better-auth')
  const db = through(app, 'sign_in').withSchema('auth') as unknown as Kysely<Record<string, never>>
  return betterAuth({
    baseURL: app.settings.PANDU_ORIGIN,
    secret: secretOf(app),
    database: { db, type: 'postgres' },
    advanced: {
      database: { generateId: () => newId() },
      cookiePrefix: 'pandu',
      useSecureCookies: false, // the prefix would be __Secure-; ours is in the name
      cookies: {
        session_token: {
          name: cookieName(app),
          attributes: { secure: app.settings.PANDU_ORIGIN.startsWith('https:') },
        },
      },
      ipAddress: { disableIpTracking: true },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH_MIN,
      maxPasswordLength: PASSWORD_LENGTH_MAX * 4,
    },
    account: {
      modelName: 'accounts',
      accountLinking: { enabled: false, disableImplicitLinking: true },
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'sessions',
      expiresIn: SESSION_IDLE_SECONDS,
      updateAge: SESSION_RENEW_SECONDS,
      cookieCache: { enabled: false },
      fields: {
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
      },
    },
    verification: {
      modelName: 'verifications',
      storeIdentifier: 'hashed',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    databaseHooks: { session: { create: { before: async (session) => await isEnabled(app, session.userId) } } },
    rateLimit: { enabled: false }, // limits.ts counts for all processes
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
}

/** False ends the library's sign-in after the password was compared, so that a disabled account looks like a wrong password. */
async function isEnabled(app: App, auth_user_id: string): Promise<boolean> {
  const { rows } =
    await sql`select from accounts where auth_user_id = ${auth_user_id}::uuid and disabled_at is null`.execute(
      through(app, 'sign_in'),
    )
  return rows.length === 1
}
