import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countAttempt, forgiveHits, type Limit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { normaliseAddress } from './normalise-address.ts'
import {
  dropSession,
  noteSession,
  openSession,
  PASSWORD_LENGTH_MAX,
  sessionCookie,
  type SessionCookie,
} from './sign-in-library.ts'

/** Only failures count. A whole office behind one address may sign in; one client guesses at one account ten times, then waits. */
export const limitsOf = (email: string, client: string): Limit[] => [
  { name: 'sign_in.pair', whom: `${email} ${client}`, max: 10, window_seconds: 900 },
  { name: 'sign_in.address', whom: email, max: 100, window_seconds: 3600 },
  { name: 'sign_in.client', whom: client, max: 500, window_seconds: 900 },
]

export const SignIn = z.object({
  email: z.string().max(320),
  password: z.string().max(PASSWORD_LENGTH_MAX * 4),
  /** The client's address: limited, and kept in the journal's erasable details. */
  client: z.string(),
  /** What the browser says of itself. */
  user_agent: z.string().nullable().default(null),
})
export type SignIn = z.input<typeof SignIn>

/**
 * Signs somebody in by mail address and password. Answers the cookie to set; the fact `account.signed_in` is committed before, so that
 * nobody is in without it. Refuses unauthenticated `sign_in` in one way for an unknown address, a wrong password and a disabled account,
 * and too_many. Opens its own transactions: the count of failures must stay although the sign-in fails.
 */
export async function signIn(app: App, input: SignIn): Promise<{ cookie: SessionCookie }> {
  const { email, password, client, user_agent = null } = input
  const address = normaliseAddress('email', email)?.normalised ?? 'nobody@invalid.example'
  const { attempt, before } = await enter(app, 'sign_in', async (ctx) => ({
    attempt: await countAttempt(ctx, limitsOf(address, client)),
    before: await accountOf(ctx, address),
  }))
  const value = password.length > PASSWORD_LENGTH_MAX * 4 ? null : await openSession(app, address, password)
  const cookie = await enter(app, 'sign_in', async (ctx) => {
    const account = await accountOf(ctx, address)
    // Comparing takes a moment. A password that was replaced meanwhile ended all sessions, so this one, made after that, must end too.
    const replaced = account?.password_at !== before?.password_at
    if (value && replaced) await dropSession(ctx, value)
    const good = value !== null && account !== null && !replaced
    if (good) {
      await forgiveHits(ctx, attempt)
      await noteSession(ctx, { cookie_value: value, client, user_agent })
    }
    await record(ctx, good ? 'account.signed_in' : 'account.sign_in_refused', {
      about: { person_id: account?.person_id ?? null },
      details: { client },
    })
    return good ? sessionCookie(app, value) : null
  })
  return { cookie: cookie ?? refuse('unauthenticated', 'sign_in') }
}

async function accountOf(ctx: Writing, email: string): Promise<{ person_id: string; password_at: string } | null> {
  const { rows } = await sql<{
    person_id: string
    password_at: string
  }>`select a.person_id, w.updated_at::text as password_at
    from auth.users u join accounts a on a.auth_user_id = u.id join auth.accounts w on w.user_id = u.id and w.provider_id = 'credential'
    where u.email = ${email}`.execute(ctx.db)
  return rows[0] ?? null
}
