import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Language, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countAttempt, forgiveHits } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { checkPassword } from './check-password.ts'
import { openSessionFor, type Entry, type Proof } from './open-session-for.ts'
import { matchesPassword, replacePassword } from './sign-in-library.ts'
import type { Visit } from './visit.ts'

export interface ChangePassword {
  person_id: string
  /** The password until now: whoever finds an open screen must not lock its owner out (OWASP ASVS 5.0, 6.2.3). */
  current: string
  password: string
  /** The session that asks: what was proved in it counts in the new one. */
  session_id: string
  visit: Visit
}
/** To whom it is told that the password was changed. */
export interface PasswordChanged {
  person_id: string
  name: string
  email: string
  language: Language
}

const ATTEMPTS_MAX = 10

/**
 * Replaces a person's own password and ends **all** their sessions; the asking one is replaced by a new one (`entry`). `tell` runs in the same transaction, to queue the mail that says so. Refuses invalid with the fault `current` or `password`, and
 * too_many. Records `account.password_changed`. Opens its own transactions: a wrong guess must count although nothing changes.
 */
export async function changePassword(
  app: App,
  { person_id, current, password, session_id, visit }: ChangePassword,
  tell: (ctx: Writing, changed: PasswordChanged) => Promise<unknown>,
): Promise<{ entry: Entry }> {
  const limit = { name: 'password.current', whom: person_id, max: ATTEMPTS_MAX, window_seconds: 900 }
  const { attempt, account } = await enter(app, 'sign_in', async (ctx) => {
    const { rows } = await sql<PasswordChanged & { hash: string }>`
      select p.id as person_id, p.name, u.email, p.language, w.password as hash
      from accounts a join people p on p.id = a.person_id join auth.users u on u.id = a.auth_user_id
      join auth.accounts w on w.user_id = u.id and w.provider_id = 'credential'
      where a.person_id = ${person_id}::uuid and a.disabled_at is null`.execute(ctx.db)
    return { attempt: await countAttempt(ctx, [limit]), account: rows[0] ?? refuse('not_found', 'account') }
  })
  const { hash, ...changed } = account
  if (!(await matchesPassword(hash, current)))
    refuse('invalid', 'form', [{ path: 'current', key: 'fault.password_current' }])
  await checkPassword(password, changed)
  const entry = await enter(app, 'sign_in', async (ctx) => {
    await forgiveHits(ctx, attempt)
    // Whoever reset it by a link meanwhile was the last to decide.
    const { rows } = await sql`select from auth.accounts w join accounts a on a.auth_user_id = w.user_id
      where a.person_id = ${person_id}::uuid and w.provider_id = 'credential' and w.password = ${hash} for update of w`.execute(
      ctx.tx,
    )
    if (rows.length === 0) refuse('conflict', 'account.password_replaced')
    const proofs = await proofsOf(ctx, session_id)
    await replacePassword(ctx, person_id, password)
    await record(ctx, 'account.password_changed', { about: { person_id } })
    await tell(ctx, changed)
    return openSessionFor(ctx, { person_id, proofs, visit })
  })
  return { entry: entry ?? refuse('not_found', 'account') }
}

/** What was proved in this session; it may have ended a moment ago, then only the password was, just now. */
async function proofsOf(ctx: Writing, session_id: string): Promise<Proof[]> {
  const { rows } = await sql<{
    proofs: Proof[]
  }>`select proofs from auth.sessions where id = ${session_id}::uuid`.execute(ctx.tx)
  const proofs = rows[0]?.proofs ?? []
  return proofs.length > 0 ? proofs : ['password']
}
