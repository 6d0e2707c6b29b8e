import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Language, type StaffActor, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countHit, hits } from '../platform/limits.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { refuse } from '../platform/refusal.ts'
import { checkPassword } from './check-password.ts'
import { proveAddress } from './invite-staff.ts'
import { mustAdministerAfresh } from './may.ts'
import { normaliseAddress } from './normalise-address.ts'
import { accountEmail } from './open-session-for.ts'
import { endLinks, makeLink, useLink } from './one-time-links.ts'
import { replacePassword } from './sign-in-library.ts'

export interface ResetLink {
  person_id: string
  name: string
  /** The account's own address, not what was typed: the mail goes there. */
  email: string
  language: Language
  link: string
}

const MAILS_PER_HOUR = 3

/**
 * Somebody says they forgot their password. Answers the link to send to the account's own address, or null: unknown address, disabled
 * account, or enough mails in this hour. The caller (door sign_in) queues the mail in the same transaction and shows the same page
 * after the same time in all cases. Refuses too_many for a client that asks without end.
 */
export async function requestReset(ctx: Writing, input: { email: string; client: string }): Promise<ResetLink | null> {
  await countHit(ctx, limitOf('reset.client', input.client))
  const email = normaliseAddress('email', input.email)?.normalised ?? ''
  const asked = await hits(ctx, { name: 'reset.address', whom: email, window_seconds: 3600 })
  const reset = await makeResetLink(ctx, { email })
  return asked > MAILS_PER_HOUR ? null : reset
}

/** A one-time link for a new password, for an hour; null when no open account has this address. The old password works until it is used. */
export async function makeResetLink(ctx: Writing, input: { email: string }): Promise<ResetLink | null> {
  const email = normaliseAddress('email', input.email)?.normalised ?? ''
  const { rows } = await sql<Omit<ResetLink, 'link'>>`select p.id as person_id, p.name, u.email, p.language
    from auth.users u join accounts a on a.auth_user_id = u.id join people p on p.id = a.person_id
    where u.email = ${email} and a.disabled_at is null`.execute(ctx.db)
  const account = rows[0]
  if (!account) return null
  return {
    ...account,
    link: await makeLink(ctx, { purpose: 'reset', person_id: account.person_id, address: account.email }),
  }
}

/**
 * An administrator has a link sent to somebody's own address, and never sees it; `tell` queues the mail in the same transaction. Opens it
 * itself (door sign_in). Refuses forbidden, unauthenticated `sign_in_again`, not_found `account`, conflict `account.no_reset` for a closed
 * account. Records `account.reset_mailed`.
 */
export async function mailResetLink(
  app: App,
  actor: StaffActor,
  { person_id }: { person_id: string },
  tell: (ctx: Writing, reset: ResetLink) => Promise<unknown>,
): Promise<void> {
  await enter(app, 'sign_in', async (ctx) => {
    mustAdministerAfresh({ actor, now: ctx.now })
    const email = (await accountEmail(ctx, person_id)) ?? refuse('not_found', 'account')
    const reset = (await makeResetLink(ctx, { email })) ?? refuse('conflict', 'account.no_reset')
    // By the system's role, but it is the administrator's doing.
    await record({ ...ctx, actor }, 'account.reset_mailed', { about: { person_id } })
    await tell(ctx, reset)
  })
}

/**
 * Chooses a new password by link. The link, every other reset link of the person and all their sessions end. Door sign_in.
 * Refuses not_found `link` (unknown, used, expired, account disabled since), invalid with the fault `password`.
 * Records `account.password_reset`.
 */
export async function resetPassword(
  ctx: Writing,
  input: { token: string; password: string },
): Promise<{ person_id: string }> {
  const link = await useLink(ctx, { purpose: 'reset', token: input.token })
  const person_id = link.person_id!
  await checkPassword(input.password, { email: link.address!, name: link.name! })
  const { rows } =
    await sql`select from accounts where person_id = ${person_id}::uuid and disabled_at is null for update`.execute(
      ctx.tx,
    )
  if (rows.length === 0) refuse('not_found', 'link')
  await replacePassword(ctx, person_id, input.password)
  await endLinks(ctx, { purpose: 'reset', person_id })
  await proveAddress(ctx, { person_id, email: link.address! })
  await record(ctx, 'account.password_reset', { about: { person_id } })
  return { person_id }
}
