import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { beginHalfSession, noHalfSession } from './half-sessions.ts'
import { makeWaitingKey } from './totp-keys.ts'
import { addSession, dropSessionOf, type SessionCookie } from './sign-in-library.ts'
import { deviceOf, type Visit } from './visit.ts'

/**
 * What somebody has proved in this sign-in. First steps: the password; a link sent to their mailbox; the word of an identity provider; a
 * passkey, which is two factors at once (the device, and what unlocks it); a security key that was only touched, which is one. Second
 * `provider_afresh` beside a provider's word is no proof more: it says that they were asked just now (sign-in-library.ts). Second
 * steps: a code of the authenticator app, a recovery code, a security key, or the provider's word that it asked for a second factor itself.
 */
export type Proof =
  | 'password'
  | 'link'
  | 'provider'
  | 'provider_afresh'
  | 'passkey'
  | 'security_key'
  | 'totp'
  | 'recovery_code'
  | 'provider_factor'

const enough: readonly Proof[] = ['passkey', 'totp', 'recovery_code', 'provider_factor']

export interface OpenSessionFor {
  person_id: string
  /** In the order in which they were proved, at least one. */
  proofs: readonly Proof[]
  visit: Visit
  /** The session of somebody who proves once more that it is they: it ends when the new one begins. */
  replaces?: string | null
  /** By whose word, and by which name that provider knows the session there: when it ends there it ends here. */
  provider?: SessionAtProvider | null
}

export interface SessionAtProvider {
  issuer: string
  sid: string | null
}

/**
 * How the sign-in goes on. `signed_in`: the cookies hold a session. `second_factor`: they hold a half session, and /sign-in/second asks
 * for the second factor. `set_up_factor`: the same, and /sign-in/factor leads through setting one up, because a role requires it.
 */
export interface Entry {
  step: 'signed_in' | 'second_factor' | 'set_up_factor'
  /** The session, or the half session. */
  cookie: SessionCookie
  /** What else to set: by what the browser is known again, and the half session's removal. */
  beside: SessionCookie[]
}

/**
 * Turns "this person has proved these things" into a session, or into a half session while a second factor is due. Every way to sign in
 * ends here, in the transaction (door sign_in) that checked the proof: session and fact stand or fall together. Null when the account is
 * closed or was never opened, or when a key was only touched where two factors are required; the caller refuses as for a wrong password.
 * Records `account.signed_in` or
 * `account.second_factor_asked` with `method`, and `account.new_device` for a browser that the person never signed in with.
 */
export async function openSessionFor(ctx: Writing, input: OpenSessionFor): Promise<Entry | null> {
  const { person_id, proofs, visit, replaces = null, provider = null } = input
  const account = await lockAccount(ctx, person_id)
  if (!account) return null
  const device = deviceOf(ctx.app, visit.headers)
  const details = { client: visit.client, user_agent: visit.user_agent?.slice(0, 500) ?? null }
  const about = { person_id, method: proofs.join('+') }
  const step = nextStep(proofs, account)
  if (step === 'refused') return null
  if (step !== 'signed_in') {
    const due = step === 'second_factor' ? 'answer' : 'set_up'
    const { cookie, token_hash } = await beginHalfSession(ctx, { person_id, proofs, due, replaces, provider })
    if (due === 'set_up') await makeWaitingKey(ctx, { person_id, waits_for: token_hash })
    await record(ctx, 'account.second_factor_asked', { about, details })
    return { step, cookie, beside: [] }
  }
  // Asked at once and done in this order: a whole office signs in within the same minute.
  const [cookie, isNew] = await Promise.all([
    addSession(ctx, { auth_user_id: account.auth_user_id, proofs, provider, ...details }),
    isNewDevice(ctx, { person_id, device_hash: device.hash }),
    record(ctx, 'account.signed_in', { about, details }),
    replaces === null ? null : dropSessionOf(ctx, { person_id, session_id: replaces }),
  ])
  if (isNew) await record(ctx, 'account.new_device', { about, details })
  return { step, cookie, beside: [device.cookie, noHalfSession(ctx.app)] }
}

/** Records a sign-in that failed, without what was typed. `method` is how it was tried; nobody's id where nobody is known. */
export const recordRefusedSignIn = (
  ctx: Writing,
  { person_id, method, client }: { person_id: string | null; method: Proof; client: string },
): Promise<void> => record(ctx, 'account.sign_in_refused', { about: { person_id, method }, details: { client } })

interface Locked {
  auth_user_id: string
  has_app: boolean
  has_passkey: boolean
  is_required: boolean
}

/** Two factors: one of those that are, or come after, another; or a security key that was touched after something else than a key. */
const isEnough = (proofs: readonly Proof[]) =>
  proofs.some((proof) => enough.includes(proof)) ||
  (proofs.at(-1) === 'security_key' && proofs.some((proof) => proof !== 'security_key'))

/**
 * An authenticator app is asked for wherever it was set up. A passkey is another way in, not a lock on the others (its owner may sit at
 * a machine without it): it is asked for after a password only where a role requires two factors.
 */
function nextStep(proofs: readonly Proof[], { has_app, has_passkey, is_required }: Locked): Entry['step'] | 'refused' {
  if (isEnough(proofs)) return 'signed_in'
  // Who came by touching a key cannot prove a second factor by touching it again, and must not make one either: whoever found the key
  // would set up an app of their own. Its owner comes by password or link first, then by the key.
  if (!has_app && is_required && proofs.includes('security_key')) return 'refused'
  if (has_app || (is_required && has_passkey)) return 'second_factor'
  return is_required ? 'set_up_factor' : 'signed_in'
}

/** Locked, so that an account which is closed at the same moment has no session afterwards. */
async function lockAccount(ctx: Writing, person_id: string): Promise<Locked | null> {
  const { rows } = await sql<Locked>`select a.auth_user_id, second_factor_required(a.person_id) as is_required,
      exists (select from totp_keys k where k.person_id = a.person_id and k.confirmed_at is not null) as has_app,
      exists (select from passkeys k where k.person_id = a.person_id) as has_passkey
    from accounts a where a.person_id = ${person_id}::uuid and a.disabled_at is null for share of a`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The first browser of an account is the one it was opened with: nobody needs to be told of it. */
async function isNewDevice(
  ctx: Writing,
  { person_id, device_hash }: { person_id: string; device_hash: string },
): Promise<boolean> {
  const { rows } = await sql<{ is_new: boolean; had_others: boolean }>`
    with others as (select from known_devices where person_id = ${person_id}::uuid limit 1),
    noted as (
      insert into known_devices (person_id, device_hash, first_used_at, last_used_at)
      values (${person_id}::uuid, ${device_hash}, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz)
      on conflict (person_id, device_hash) do update set last_used_at = excluded.last_used_at returning first_used_at = last_used_at as is_new)
    select is_new, exists (select from others) as had_others from noted`.execute(ctx.tx)
  return rows[0]!.is_new && rows[0]!.had_others
}

/** Whoever takes one of somebody's factors away waits here for whoever takes another: the last one stays where one is required. */
export async function lockFactors(ctx: Writing, person_id: string): Promise<void> {
  await sql`select from accounts where person_id = ${person_id}::uuid for update`.execute(ctx.tx)
}

/** The second factors that somebody has. Door sign_in. */
export interface Factors {
  /** Since when an authenticator app counts; null without one. */
  totp_since: Date | null
  /** How many passkeys they have. */
  passkeys: number
  /** Recovery codes that were not used yet. */
  codes_left: number
  /** Whether one of their roles asks for a second factor. */
  is_required: boolean
}

export async function factorsOf(ctx: Reading, person_id: string): Promise<Factors> {
  const { rows } = await sql<Factors>`select
      (select confirmed_at from totp_keys where person_id = ${person_id}::uuid and confirmed_at is not null) as totp_since,
      (select count(*)::int from passkeys where person_id = ${person_id}::uuid) as passkeys,
      (select count(*)::int from recovery_codes where person_id = ${person_id}::uuid and used_at is null) as codes_left,
      second_factor_required(${person_id}::uuid) as is_required`.execute(ctx.db)
  return rows[0]!
}

/** The address that somebody signs in with; null for whoever has no account. Door sign_in. */
export async function accountEmail(ctx: Reading, person_id: string): Promise<string | null> {
  const { rows } = await sql<{
    email: string
  }>`select u.email from accounts a join auth.users u on u.id = a.auth_user_id
    where a.person_id = ${person_id}::uuid`.execute(ctx.db)
  return rows[0]?.email ?? null
}
