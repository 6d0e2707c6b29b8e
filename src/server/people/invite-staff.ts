import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { addAccount } from './add-account.ts'
import { checkPassword } from './check-password.ts'
import { findOrMakePeople } from './find-or-make-people.ts'
import { cleanName } from './fold-name.ts'
import { mustAdminister, mustAdministerAfresh } from './may.ts'
import { normaliseAddress } from './normalise-address.ts'
import { endLinks, makeLink, useLink } from './one-time-links.ts'
import { setAdministrator } from './set-administrator.ts'
import { readInput } from './read-input.ts'

/** An address that somebody signs in with: also good for the sign-in library, which is stricter than mail is. */
export const AccountEmail = z
  .string()
  .max(254, 'fault.email')
  .transform((text) => normaliseAddress('email', text)?.normalised ?? '')
  .pipe(z.email('fault.email'))
export const AccountName = z.string().max(1000).transform(cleanName).pipe(z.string().min(1, 'fault.required'))

export const InviteStaff = z.object({
  email: AccountEmail,
  name: AccountName,
  language: z.enum(['id', 'en']).default('id'),
  administrator: z.boolean().default(false),
})
export interface InviteStaff {
  email: string
  name: string
  language?: Language
  administrator?: boolean
}

export interface Invitation {
  person_id: string
  name: string
  email: string
  language: Language
  /** Opens once, for seven days. */
  link: string
}

/**
 * Invites somebody to work here: makes the person where needed and a link with which they choose a password; a new invitation ends the
 * one before. Desks are theirs by desks/changeDesk, already before they accept. Administrators who signed in recently and the command line only;
 * refuses conflict `account.exists`. Records `account.invited`. The caller queues the mail (mails.ts) in the same transaction.
 */
export async function inviteStaff(ctx: Writing, input: InviteStaff): Promise<Invitation> {
  mustAdministerAfresh(ctx)
  const { email, name, language, administrator } = readInput(InviteStaff, input)
  const [person] = await findOrMakePeople(ctx, [{ name, channel: 'email', address: email, language }])
  const person_id = person!.id
  const { rows } = await sql`select from accounts where person_id = ${person_id}::uuid`.execute(ctx.db)
  if (rows.length > 0) refuse('conflict', 'account.exists', [{ path: 'email', key: 'fault.account_exists' }])
  await endInvitations(ctx, person_id)
  const link = await makeLink(ctx, { purpose: 'invite', person_id, address: email })
  await record(ctx, 'account.invited', { about: { person_id } })
  if (administrator) await setAdministrator(ctx, { person_id, on: true })
  return { person_id, name: person!.name, email, language: person!.language, link }
}

/** A newer invitation ends older ones. The web's role may not change links, so the database has a function for just this. */
async function endInvitations(ctx: Writing, person_id: string): Promise<number> {
  if (ctx.actor.kind === 'system') return endLinks(ctx, { purpose: 'invite', person_id }).then(() => 0)
  const { rows } = await sql<{ ended: number }>`select end_invitations(${person_id}::uuid) as ended`.execute(ctx.tx)
  return rows[0]!.ended
}

/**
 * Takes an invitation back: its link opens nothing any more. What was given with it (desks, the role administrator) is taken by its own
 * commands. Administrators only; refuses not_found for somebody who has no open invitation. Records `account.invitation_withdrawn`.
 */
export async function withdrawInvitation(ctx: Writing, { person_id }: { person_id: string }): Promise<void> {
  mustAdminister(ctx.actor)
  if ((await endInvitations(ctx, person_id)) === 0) refuse('not_found', 'account')
  await sql`delete from roles where person_id = ${person_id}::uuid
    and not exists (select from accounts a where a.person_id = roles.person_id)`.execute(ctx.tx)
  await record(ctx, 'account.invitation_withdrawn', { about: { person_id } })
}

/**
 * Accepts an invitation: an account with the chosen password; the address it was sent to is proved. Door sign_in.
 * Refuses not_found `link`, conflict `account.exists`, invalid with the fault `password`. Records `account.set_up`.
 */
export async function acceptInvitation(
  ctx: Writing,
  input: { token: string; password: string },
): Promise<{ person_id: string; email: string }> {
  const link = await useLink(ctx, { purpose: 'invite', token: input.token })
  const person_id = link.person_id!
  const [email, name] = [link.address!, link.name!]
  await checkPassword(input.password, { email, name })
  await addAccount(ctx, { person_id, name, email, password: input.password })
  await endLinks(ctx, { purpose: 'invite', person_id })
  await proveAddress(ctx, { person_id, email })
  await record(ctx, 'account.set_up', { about: { person_id } })
  return { person_id, email }
}

/** Who opened a link that was sent to an address reads that mailbox. */
export async function proveAddress(ctx: Writing, point: { person_id: string; email: string }): Promise<void> {
  await sql`update contact_points set verified_at = coalesce(verified_at, ${ctx.now}::timestamptz)
    where person_id = ${point.person_id}::uuid and channel = 'email' and normalised = ${point.email}`.execute(ctx.tx)
}
