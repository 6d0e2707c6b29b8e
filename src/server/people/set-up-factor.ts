import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Reading, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { ending } from './ending.ts'
import { countAnswer, endHalfSession, findHalfSession } from './half-sessions.ts'
import { mustAdministerAfresh } from './may.ts'
import { accountEmail, factorsOf, lockFactors, openSessionFor, type Entry } from './open-session-for.ts'
import { makeRecoveryCodes } from './recovery-codes.ts'
import { endOtherSessions } from './sessions.ts'
import { confirmWaitingKey, makeWaitingKey, waitingKey, type Waiting } from './totp-keys.ts'
import { readableKey, totpAddress, totpPicture } from './totp.ts'
import type { Visit } from './visit.ts'

/** What somebody needs to put a new key into their authenticator app. */
export interface NewKey {
  /** SVG of the QR code. */
  picture: string
  /** The same for typing, in groups of four. */
  text: string
  /** Opens the app on a telephone itself. */
  address: string
}

/**
 * Begins to set up an authenticator app for oneself, in one's session; what counted until now goes on counting. Door sign_in.
 * @param input.waits_for the session's id: the key is shown to it, and confirmed by it, alone
 */
export const beginFactor = (ctx: Writing, input: Waiting): Promise<void> => makeWaitingKey(ctx, input)

/** The key that waits for its first code; null when none waits for whoever asks. Door sign_in. */
export async function newKeyOf(ctx: Reading, { person_id, waits_for }: Waiting): Promise<NewKey | null> {
  const key = await waitingKey(ctx, { person_id, waits_for })
  if (key === null) return null
  const email = (await accountEmail(ctx, person_id)) ?? ''
  const site = new URL(ctx.app.settings.PANDU_ORIGIN).host
  const address = totpAddress(key, { site, email })
  return { picture: totpPicture(address), text: readableKey(key), address }
}

/**
 * Confirms the new key by its first code: from now on it counts, all other sessions end, and there are ten recovery codes, answered this
 * once. Door sign_in. Refuses invalid with the fault `code`. Records `account.factor_set_up`.
 */
export async function confirmFactor(
  ctx: Writing,
  { person_id, code, kept_id }: { person_id: string; code: string; kept_id: string },
): Promise<{ codes: string[] }> {
  if (!(await confirmWaitingKey(ctx, { person_id, waits_for: kept_id, code })))
    refuse('invalid', 'form', [{ path: 'code', key: 'fault.code' }])
  const codes = await makeRecoveryCodes(ctx, person_id)
  await endOtherSessions(ctx, { person_id, kept_id })
  await record(ctx, 'account.factor_set_up', { about: { person_id } })
  return { codes }
}

/**
 * The same for somebody who must have a second factor before they are let in: confirms the key, and the half session becomes their only
 * session.
 * Refuses unauthenticated `second_step` when no such step is due any more, invalid with the fault `code`.
 */
export async function confirmDueFactor(
  app: App,
  { code, visit }: { code: string; visit: Visit },
): Promise<{ entry: Entry; codes: string[] }> {
  const outcome = await enter(app, 'sign_in', async (ctx) => {
    const half = await countAnswer(ctx, visit.headers, 'set_up')
    if (!half) return 'over'
    const { person_id } = half
    if (!(await confirmWaitingKey(ctx, { person_id, waits_for: half.token_hash, code }))) return 'wrong'
    const codes = await makeRecoveryCodes(ctx, person_id)
    await record(ctx, 'account.factor_set_up', { about: { person_id } })
    if (!(await endHalfSession(ctx, half))) return 'over'
    // Whoever was in, or half in, by the password alone.
    await endOtherSessions(ctx, { person_id, kept_id: null })
    const entry = await openSessionFor(ctx, {
      person_id,
      proofs: [...half.proofs, 'totp'],
      visit,
      provider: half.provider,
    })
    return entry ? { entry, codes } : 'over'
  })
  if (outcome === 'over') refuse('unauthenticated', 'second_step')
  if (outcome === 'wrong') refuse('invalid', 'form', [{ path: 'code', key: 'fault.code' }])
  return outcome
}

/** The key for the page on which it is set up before the first sign-in; null when no such step is due. */
export const dueKey = (app: App, headers: Headers): Promise<NewKey | null> =>
  enter(app, 'sign_in', async (ctx) => {
    const half = await findHalfSession(ctx, headers)
    return half?.due === 'set_up' ? newKeyOf(ctx, { person_id: half.person_id, waits_for: half.token_hash }) : null
  })

/**
 * Takes one's own authenticator app and recovery codes away; all other sessions end. Door sign_in. Refuses conflict `factor.required`
 * while a role asks for a second factor and there is no other, not_found when there is none. Records `account.factor_removed`.
 */
export async function removeFactor(
  ctx: Writing,
  { person_id, kept_id }: { person_id: string; kept_id: string },
): Promise<void> {
  await lockFactors(ctx, person_id)
  const { is_required, passkeys } = await factorsOf(ctx, person_id)
  if (is_required && passkeys === 0) refuse('conflict', 'factor.required')
  const { rows } = await sql<{ confirmed: boolean }>`delete from totp_keys where person_id = ${person_id}::uuid
    returning confirmed_at is not null as confirmed`.execute(ctx.tx)
  if (!rows.some(({ confirmed }) => confirmed)) refuse('not_found', 'factor')
  await sql`delete from recovery_codes where person_id = ${person_id}::uuid`.execute(ctx.tx)
  await endOtherSessions(ctx, { person_id, kept_id })
  await record(ctx, 'account.factor_removed', { about: { person_id } })
}

/** Ten new recovery codes instead of the old ones. Door sign_in. Refuses not_found without an app or a passkey. Records `account.recovery_codes_made`. */
export async function renewRecoveryCodes(
  ctx: Writing,
  { person_id }: { person_id: string },
): Promise<{ codes: string[] }> {
  const { totp_since, passkeys } = await factorsOf(ctx, person_id)
  if (totp_since === null && passkeys === 0) refuse('not_found', 'factor')
  const codes = await makeRecoveryCodes(ctx, person_id)
  await record(ctx, 'account.recovery_codes_made', { about: { person_id } })
  return { codes }
}

/**
 * For somebody who lost their telephone and their codes: takes their second factor, whatever it is, and ends their sessions. They sign in
 * with their password and set it up anew. Administrators who signed in recently and the command line only. Records `account.factor_reset`, also
 * where there was none: somebody was made to believe that it was needed.
 */
export async function resetFactor(ctx: Writing, { person_id }: { person_id: string }): Promise<{ had_one: boolean }> {
  mustAdministerAfresh(ctx)
  const { rows } = await sql<{
    had_one: boolean
  }>`select ${ending(ctx, 'end_second_factor')}(${person_id}::uuid) as had_one
    from accounts where person_id = ${person_id}::uuid`.execute(ctx.tx)
  const { had_one } = rows[0] ?? refuse('not_found', 'account')
  await record(ctx, 'account.factor_reset', { about: { person_id } })
  return { had_one }
}
