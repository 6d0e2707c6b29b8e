import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, type Reading, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { bind, useBound, type BoundCookie } from './browser-bound.ts'
import { factorsOf, lockFactors } from './open-session-for.ts'
import { askForNew, checkNew, newChallenge, passkeysPossible } from './passkey-library.ts'
import { readInput } from './read-input.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { endOtherSessions } from './sessions.ts'
import { ownerOf, type WayChanged } from './way-mails.ts'

export interface PasskeyRow {
  id: string
  name: string
  /** Whether its maker keeps it in an account, so that other devices of the owner may have it too. */
  synced: boolean
  created_at: Date
  used_at: Date | null
}

const PASSKEYS_MAX = 20
const Name = z.string().trim().min(1, 'fault.required').max(60, 'fault.too_long')

type Tell = (ctx: Writing, changed: WayChanged) => Promise<unknown>
/** Who asks, by which of their sessions: the others end when a passkey comes or goes. */
interface Asking {
  actor: StaffActor
  session_id: string
}

/** What a browser keeps of the question that it was asked. */
export interface PasskeyQuestion {
  challenge: string
  /** Whose passkey it shall be; null where anybody may answer. */
  person_id: string | null
  asked_for: 'new' | 'sign_in' | 'second_step'
}

/** A person's passkeys, the oldest first; at most 20. Door sign_in. */
export async function listPasskeys(ctx: Reading, person_id: string): Promise<PasskeyRow[]> {
  const { rows } = await sql<PasskeyRow>`select id, name, synced, created_at, used_at from passkeys
    where person_id = ${person_id}::uuid order by created_at, id limit ${PASSKEYS_MAX}::int`.execute(ctx.db)
  return rows
}

/**
 * What to ask the browser for a new passkey, and the cookie that binds the question to it (five minutes, one answer). Null where this
 * site's address allows none. Door sign_in; writes nothing.
 */
export async function askForPasskey(
  ctx: Reading,
  person_id: string,
): Promise<{ options: ReturnType<typeof askForNew>; cookie: BoundCookie } | null> {
  if (!passkeysPossible(ctx.app)) return null
  const owner = await ownerOf(ctx, person_id)
  const known = await credentialsOf(ctx, person_id)
  const question: PasskeyQuestion = { challenge: newChallenge(), person_id, asked_for: 'new' }
  const { challenge } = question
  const options = askForNew(ctx.app, { challenge, person_id, email: owner.email, name: owner.name_of_person, known })
  return { options, cookie: bind(ctx.app, 'passkey', question) }
}

/** By what a person's passkeys are called in a question. Door sign_in. */
export async function credentialsOf(
  ctx: Reading,
  person_id: string,
): Promise<{ credential_id: string; transports: string[] }[]> {
  const { rows } = await sql<{
    credential_id: string
    transports: string[]
  }>`select credential_id, transports from passkeys
    where person_id = ${person_id}::uuid order by created_at, id limit ${PASSKEYS_MAX}::int`.execute(ctx.db)
  return rows
}

/**
 * Keeps the passkey that the actor's browser has just made. All their other sessions end; `tell` queues the mail in the same transaction.
 * Opens its own transactions (door sign_in): a challenge counts once, also where the answer is wrong. Refuses unauthenticated
 * `sign_in_again`, conflict `passkey.lost`, `passkey.many`, `passkey.known`; invalid with the fault `name`, or `passkey.not_made`.
 * Records `account.passkey_added`.
 */
export async function addPasskey(
  app: App,
  { actor, session_id }: Asking,
  input: { name: string; answer: string; cookie: string | undefined },
  tell: Tell,
): Promise<void> {
  const name = readInput(z.object({ name: Name }), { name: input.name }).name
  const { person_id } = actor
  const question = await enter(app, 'sign_in', async (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    return useBound<PasskeyQuestion>(ctx, 'passkey', input.cookie)
  })
  if (question?.asked_for !== 'new' || question.person_id !== person_id) return refuse('conflict', 'passkey.lost')
  const made = await checkNew(app, input.answer, question.challenge)
  if (!made) return refuse('invalid', 'passkey.not_made')
  await enter(app, 'sign_in', async (ctx) => {
    // One at a time for each person, so that the limit holds and a closed account gets none.
    const { rows: open } =
      await sql`select from accounts where person_id = ${person_id}::uuid and disabled_at is null for update`.execute(
        ctx.tx,
      )
    if (open.length === 0) refuse('not_found', 'account')
    if ((await listPasskeys(ctx, person_id)).length >= PASSKEYS_MAX) refuse('conflict', 'passkey.many')
    const { rows } =
      await sql`insert into passkeys (id, person_id, credential_id, public_key, counter, transports, synced, name, created_at)
      values (${newId()}::uuid, ${person_id}::uuid, ${made.credential_id}, ${made.public_key}::bytea, ${made.counter}::bigint,
        ${made.transports}::text[], ${made.synced}::boolean, ${name}, ${ctx.now}::timestamptz)
      on conflict do nothing returning id`.execute(ctx.tx)
    if (rows.length === 0) refuse('conflict', 'passkey.known')
    await record(ctx, 'account.passkey_added', { about: { person_id } })
    await endOtherSessions(ctx, { person_id, kept_id: session_id })
    await tell(ctx, { ...(await ownerOf(ctx, person_id)), what: 'passkey_added', name })
  })
}

/** Gives one of the actor's own passkeys another name. Refuses not_found `passkey`, invalid `name`. Records `account.passkey_named`. */
export async function namePasskey(app: App, { actor }: Asking, input: { id: string; name: string }): Promise<void> {
  const { id, name } = readInput(z.object({ id: z.uuid(), name: Name }), input)
  const { person_id } = actor
  await enter(app, 'sign_in', async (ctx) => {
    const { rows } = await sql`update passkeys set name = ${name}
      where id = ${id}::uuid and person_id = ${person_id}::uuid returning id`.execute(ctx.tx)
    if (rows.length === 0) refuse('not_found', 'passkey')
    await record(ctx, 'account.passkey_named', { about: { person_id } })
  })
}

/**
 * Removes one of the actor's own passkeys; it opens nothing any more, and all their other sessions end. Refuses unauthenticated
 * `sign_in_again`, conflict `passkey.last` for the last one while a role asks for two factors, not_found `passkey`. Records
 * `account.passkey_removed`.
 */
export async function removePasskey(
  app: App,
  { actor, session_id }: Asking,
  input: { id: string },
  tell: Tell,
): Promise<void> {
  const { id } = readInput(z.object({ id: z.uuid() }), input)
  const { person_id } = actor
  await enter(app, 'sign_in', async (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    await lockFactors(ctx, person_id)
    const { is_required, totp_since, passkeys } = await factorsOf(ctx, person_id)
    if (is_required && totp_since === null && passkeys <= 1) refuse('conflict', 'passkey.last')
    const { rows } = await sql<{ name: string }>`delete from passkeys
      where id = ${id}::uuid and person_id = ${person_id}::uuid returning name`.execute(ctx.tx)
    const gone = rows[0] ?? refuse('not_found', 'passkey')
    await record(ctx, 'account.passkey_removed', { about: { person_id } })
    await endOtherSessions(ctx, { person_id, kept_id: session_id })
    await tell(ctx, { ...(await ownerOf(ctx, person_id)), what: 'passkey_removed', name: gone.name })
  })
}
