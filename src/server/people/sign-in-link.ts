import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countHit, hits } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { proveAddress } from './invite-staff.ts'
import { normaliseAddress } from './normalise-address.ts'
import { makeLink, useLink } from './one-time-links.ts'
import { openSessionFor, type Entry } from './open-session-for.ts'
import type { ResetLink } from './reset-password.ts'
import type { Visit } from './visit.ts'

const MAILS_PER_HOUR = 5
const REQUESTS_PER_CLIENT = 300

/**
 * Somebody wants to sign in by a link in a mail. Answers the link to send to the account's own address, or null: unknown address, closed
 * account, or enough mails in this hour. The caller (door sign_in) queues the mail in the same transaction and shows the same page after
 * the same time in all cases. Refuses too_many for a client that asks without end. Records `account.sign_in_link_asked` in all cases.
 */
export async function requestSignInLink(
  ctx: Writing,
  input: { email: string; client: string },
): Promise<ResetLink | null> {
  await countHit(ctx, {
    name: 'sign_in_link.client',
    whom: input.client,
    max: REQUESTS_PER_CLIENT,
    window_seconds: 3600,
  })
  const email = normaliseAddress('email', input.email)?.normalised ?? ''
  const asked = await hits(ctx, { name: 'sign_in_link.address', whom: email, window_seconds: 3600 })
  const { rows } = await sql<Omit<ResetLink, 'link'>>`select p.id as person_id, p.name, u.email, p.language
    from auth.users u join accounts a on a.auth_user_id = u.id join people p on p.id = a.person_id
    where u.email = ${email} and a.disabled_at is null`.execute(ctx.db)
  const account = rows[0]
  const person_id = account?.person_id ?? null
  await record(ctx, 'account.sign_in_link_asked', { about: { person_id }, details: { client: input.client } })
  // Made in every case, so that the same statements run; one for nobody opens nothing.
  const link = await makeLink(ctx, {
    purpose: 'sign_in',
    ...(account ? { person_id: account.person_id, address: account.email } : {}),
  })
  return account && asked <= MAILS_PER_HOUR ? { ...account, link } : null
}

/**
 * The first step by that link; called from the button of its page, never by looking at it, because programs that check mails open every
 * link. Uses the link up. A second factor is asked for as after a password. Refuses not_found `link`.
 */
export async function signInByLink(app: App, { token, visit }: { token: string; visit: Visit }): Promise<Entry> {
  return enter(app, 'sign_in', async (ctx) => {
    const { person_id, address } = await useLink(ctx, { purpose: 'sign_in', token })
    if (!person_id || !address) refuse('not_found', 'link')
    const entry = await openSessionFor(ctx, { person_id, proofs: ['link'], visit })
    await proveAddress(ctx, { person_id, email: address })
    return entry ?? refuse('not_found', 'link')
  })
}
