import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, type Writing } from '../platform/context.ts'
import { countAttempt, forgiveHits, type Limit } from '../platform/limits.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { refuse } from '../platform/refusal.ts'
import { normaliseAddress } from './normalise-address.ts'
import { openSessionFor, recordRefusedSignIn, type Entry } from './open-session-for.ts'
import { hashPassword, isCheap, matchesPassword, NO_HASH, PASSWORD_LENGTH_MAX, renewHash } from './sign-in-library.ts'
import type { Visit } from './visit.ts'

/** Only failures count. A whole office behind one address may sign in; one client guesses at one account ten times, then waits. */
export const limitsOf = (email: string, client: string): Limit[] => [
  limitOf('sign_in.pair', `${email} ${client}`),
  limitOf('sign_in.address', email),
  limitOf('sign_in.client', client),
]

export const SignIn = z.object({
  email: z.string().max(320),
  password: z.string().max(PASSWORD_LENGTH_MAX * 4),
})
export type SignIn = z.input<typeof SignIn> & {
  client: string
  user_agent?: string | null
  headers?: Headers
  /** The session of somebody who signs in once more: it ends when the new one begins. */
  replaces?: string
}

/**
 * The first step by mail address and password. Answers the cookies to set and how it goes on (open-session-for.ts); the fact is committed
 * before, so that nobody is in without it. Refuses unauthenticated `sign_in` in one way, after one hash and the same statements, for an
 * unknown address, a wrong password and a closed account; and too_many. Opens its own transactions: the count of failures must stay
 * although the sign-in fails.
 */
export async function signIn(app: App, input: SignIn): Promise<Entry> {
  const { email, password, client, user_agent = null, headers = new Headers(), replaces } = input
  const visit: Visit = { client, user_agent, headers }
  const address = normaliseAddress('email', email)?.normalised ?? 'nobody@invalid.example'
  const [attempt, before] = await enter(app, 'sign_in', (ctx) =>
    Promise.all([countAttempt(ctx, limitsOf(address, client)), passwordOf(ctx, address)]),
  )
  const matches = await matchesPassword(before?.hash ?? NO_HASH, password)
  // Only here is the password at hand. Whoever gets it wrong waits for nothing more.
  const renewed = matches && before && isCheap(before.hash) ? await hashPassword(password) : null
  const entry = await enter(app, 'sign_in', async (ctx) => {
    // Comparing takes a moment, in which the password may have been replaced.
    const account = await passwordOf(ctx, address, renewed === null ? 'share' : 'update')
    const person_id = account?.person_id ?? null
    // Or made anew, by another sign-in of theirs at the same moment: then it is the same password.
    const same =
      account?.hash === before?.hash ||
      (renewed !== null && account !== null && (await matchesPassword(account.hash, password)))
    const good = matches && account !== null && same
    const opened = good
      ? await openSessionFor(ctx, {
          person_id: account.person_id,
          proofs: ['password'],
          visit,
          replaces: replaces ?? null,
        })
      : null
    if (opened && renewed && before) await renewHash(ctx, { before: before.hash, after: renewed })
    if (opened) await forgiveHits(ctx, attempt)
    else await recordRefusedSignIn(ctx, { person_id, method: 'password', client })
    return opened
  })
  return entry ?? refuse('unauthenticated', 'sign_in')
}

interface Password {
  person_id: string
  hash: string
}

async function passwordOf(ctx: Writing, email: string, lock?: 'share' | 'update'): Promise<Password | null> {
  const { rows } = await sql<Password>`select a.person_id, w.password as hash
    from auth.users u join accounts a on a.auth_user_id = u.id join auth.accounts w on w.user_id = u.id and w.provider_id = 'credential'
    where u.email = ${email} ${lock ? sql.raw(`for ${lock} of a, w`) : sql``}`.execute(ctx.tx)
  return rows[0] ?? null
}
