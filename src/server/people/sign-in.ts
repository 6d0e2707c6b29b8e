import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countAttempt, forgiveHits, type Limit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { normaliseAddress } from './normalise-address.ts'
import { openSession, PASSWORD_LENGTH_MAX, sessionCookie, type SessionCookie } from './sign-in-library.ts'

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
})
export type SignIn = z.infer<typeof SignIn>

/**
 * Signs somebody in by mail address and password. Answers the cookie to set; the fact `account.signed_in` is committed before, so that
 * nobody is in without it. Refuses unauthenticated `sign_in` in one way for an unknown address, a wrong password and a disabled account,
 * and too_many. Opens its own transactions: the count of failures must stay although the sign-in fails.
 */
export async function signIn(app: App, input: SignIn): Promise<{ cookie: SessionCookie }> {
  const { email, password, client } = input
  const address = normaliseAddress('email', email)?.normalised ?? 'nobody@invalid.example'
  const attempt = await enter(app, 'sign_in', (ctx) => countAttempt(ctx, limitsOf(address, client)))
  const value = password.length > PASSWORD_LENGTH_MAX * 4 ? null : await openSession(app, address, password)
  const person_id = await enter(app, 'sign_in', async (ctx) => {
    const person = await accountOf(ctx, address)
    if (value) await forgiveHits(ctx, attempt)
    await record(ctx, value ? 'account.signed_in' : 'account.sign_in_refused', {
      about: { person_id: person },
      details: { client },
    })
    return person
  })
  if (!value || !person_id) refuse('unauthenticated', 'sign_in')
  return { cookie: sessionCookie(app, value) }
}

async function accountOf(ctx: Writing, email: string): Promise<string | null> {
  const { rows } = await sql<{
    person_id: string
  }>`select a.person_id from accounts a join auth.users u on u.id = a.auth_user_id
    where u.email = ${email}`.execute(ctx.db)
  return rows[0]?.person_id ?? null
}
