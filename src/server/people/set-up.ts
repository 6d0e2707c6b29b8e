import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { addAccount } from './add-account.ts'
import { checkPassword } from './check-password.ts'
import { findOrMakePeople } from './find-or-make-people.ts'
import { AccountEmail, AccountName } from './invite-staff.ts'
import { endLinks, makeLink, useLink } from './one-time-links.ts'
import { readInput } from './read-input.ts'

/**
 * The link with which the first administrator is made, printed at the start: one-time, 24 hours; each call ends the one before.
 * Null as soon as there is an administrator.
 */
export async function makeSetupLink(ctx: Writing): Promise<string | null> {
  await lockSetup(ctx)
  if (await hasAdministrator(ctx)) return null
  await endLinks(ctx, { purpose: 'setup' })
  return makeLink(ctx, { purpose: 'setup' })
}

export const SetUp = z.object({
  token: z.string().max(200),
  name: AccountName,
  email: AccountEmail,
  password: z.string(),
  language: z.enum(['id', 'en']).default('id'),
})
export interface SetUp {
  token: string
  name: string
  email: string
  password: string
  language?: Language
}

/**
 * Makes the first administrator: person, contact point, account and role, and uses the link up, all in the caller's transaction. The
 * caller (door sign_in) adds the membership of the secretariat's desk in the same transaction, because desks/ lies above. Whatever
 * goes wrong before the commit leaves nothing behind, and the same link opens again.
 * Refuses not_found `link`, conflict `setup.done`, invalid with faults (name, email, password). Records `account.set_up`.
 */
export async function setUp(ctx: Writing, input: SetUp): Promise<{ person_id: string }> {
  const { token, name, email, password, language } = readInput(SetUp, input)
  await checkPassword(password, { email, name })
  await lockSetup(ctx)
  await useLink(ctx, { purpose: 'setup', token })
  if (await hasAdministrator(ctx)) refuse('conflict', 'setup.done')
  const [person] = await findOrMakePeople(ctx, [{ name, channel: 'email', address: email, language }])
  const person_id = person!.id
  await addAccount(ctx, { person_id, name, email, password })
  await sql`insert into roles (person_id, role, granted_at) values (${person_id}::uuid, 'administrator', ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  await record(ctx, 'account.set_up', { about: { person_id } })
  return { person_id }
}

const lockSetup = (ctx: Writing) =>
  sql`select pg_advisory_xact_lock(hashtextextended('first administrator', 0))`.execute(ctx.tx)

async function hasAdministrator(ctx: Reading): Promise<boolean> {
  const { rows } = await sql`select from roles where role = 'administrator' limit 1`.execute(ctx.db)
  return rows.length > 0
}
