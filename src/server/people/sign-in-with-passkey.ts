import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Reading, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countAttempt, forgiveHits, type Limit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { bind, useBound, type BoundCookie } from './browser-bound.ts'
import { countAnswer, findHalfSession } from './half-sessions.ts'
import { openSessionFor, recordRefusedSignIn, type Entry, type Proof } from './open-session-for.ts'
import {
  askForProof,
  checkProof,
  handleOf,
  newChallenge,
  passkeysPossible,
  readProof,
  type Proved,
} from './passkey-library.ts'
import { credentialsOf, type PasskeyQuestion } from './passkeys.ts'
import { finishSecondStep } from './second-step.ts'
import type { Visit } from './visit.ts'

const limitOf = (client: string): Limit => ({ name: 'passkey.client', whom: client, max: 100, window_seconds: 900 })

interface Question {
  options: ReturnType<typeof askForProof>
  cookie: BoundCookie
}

/**
 * What to ask a browser whose owner wants to sign in: any passkey of this site, nobody is named, so nobody learns who has one. Null where
 * this site's address allows none. Keeps nothing here.
 * @param person_id whose it shall be, of somebody who proves once more that it is they
 */
export function askWho(app: App, person_id: string | null = null): Question | null {
  if (!passkeysPossible(app)) return null
  const question: PasskeyQuestion = { challenge: newChallenge(), person_id, asked_for: 'sign_in' }
  return { options: askForProof(app, question), cookie: bind(app, 'passkey', question) }
}

/** What to ask somebody whose second step is due: one of their own passkeys. Null when none is due or they have none. */
export async function askSecondPasskey(app: App, headers: Headers): Promise<Question | null> {
  if (!passkeysPossible(app)) return null
  return enter(app, 'sign_in', async (ctx) => {
    const half = await findHalfSession(ctx, headers)
    const known = half ? await credentialsOf(ctx, half.person_id) : []
    if (!half || known.length === 0) return null
    const question: PasskeyQuestion = {
      challenge: newChallenge(),
      person_id: half.person_id,
      asked_for: 'second_step',
    }
    const options = askForProof(app, { challenge: question.challenge, known })
    return { options, cookie: bind(app, 'passkey', question) }
  })
}

export interface PasskeyAnswer {
  /** What the browser's script wrote into the form. */
  answer: string
  cookie: string | undefined
  visit: Visit
  /** The session of somebody who proves once more that it is they. */
  replaces?: string | null
}

/**
 * Signs somebody in by a passkey. With user verification (a PIN, a finger) it is two factors at once, without it one. Refuses unauthenticated
 * `passkey.lost` (too late, another browser, a second time) and, in one way for an unknown, foreign, wrong, copied or removed passkey and a
 * closed account, `passkey.refused`; and too_many. Opens its own transactions: what was asked counts once, whatever the answer. Records
 * what openSessionFor records, `account.sign_in_refused`, and `account.passkey_doubtful` for one that counted backwards.
 */
export async function signInWithPasskey(app: App, input: PasskeyAnswer): Promise<Entry> {
  const { visit, replaces = null } = input
  const { attempt, question } = await enter(app, 'sign_in', async (ctx) => ({
    attempt: await countAttempt(ctx, [limitOf(visit.client)]),
    question: await useBound<PasskeyQuestion>(ctx, 'passkey', input.cookie),
  }))
  if (question?.asked_for !== 'sign_in') return refuse('unauthenticated', 'passkey.lost')
  const checked = await check(app, input.answer, question)
  const entry = await enter(app, 'sign_in', async (ctx) => {
    const proof = checked && (await notCopied(ctx, checked)) ? checked.proof : null
    const opened =
      proof && (await openSessionFor(ctx, { person_id: checked!.person_id, proofs: [proof], visit, replaces }))
    if (opened) await forgiveHits(ctx, attempt)
    else
      await recordRefusedSignIn(ctx, { person_id: checked?.person_id ?? null, method: 'passkey', client: visit.client })
    return opened
  })
  return entry || refuse('unauthenticated', 'passkey.refused')
}

/**
 * The second step by a passkey, touched or with user verification. Refuses as signInWithPasskey does, and unauthenticated `second_step`
 * when no step is due any more. A wrong one counts among the five tries of the half session.
 */
export async function answerWithPasskey(app: App, input: PasskeyAnswer): Promise<Entry> {
  const { visit } = input
  const { half, question } = await enter(app, 'sign_in', async (ctx) => ({
    half: await countAnswer(ctx, visit.headers, 'answer'),
    question: await useBound<PasskeyQuestion>(ctx, 'passkey', input.cookie),
  }))
  if (!half) return refuse('unauthenticated', 'second_step')
  const { person_id } = half
  if (question?.asked_for !== 'second_step' || question.person_id !== person_id)
    return refuse('unauthenticated', 'passkey.lost')
  const checked = await check(app, input.answer, question)
  const entry = await enter(app, 'sign_in', async (ctx) => {
    // A key that was touched twice is still one factor.
    const isOther = checked?.proof !== 'security_key' || !half.proofs.includes('security_key')
    if (checked && isOther && (await notCopied(ctx, checked))) return finishSecondStep(ctx, half, checked.proof, visit)
    await record(ctx, 'account.second_factor_refused', {
      about: { person_id, method: 'passkey' },
      details: { client: visit.client },
    })
    return 'wrong' as const
  })
  if (entry === 'wrong') return refuse('unauthenticated', 'passkey.refused')
  return entry ?? refuse('unauthenticated', 'second_step')
}

interface Checked {
  passkey_id: string
  person_id: string
  counter: number
  proof: Proof & ('passkey' | 'security_key')
}

/** Whose passkey answered this question; null for whatever does not pass. */
async function check(app: App, text: string, question: PasskeyQuestion): Promise<Checked | null> {
  const proved = readProof(text)
  const passkey = proved && (await enter(app, 'sign_in', (ctx) => findPasskey(ctx, proved)))
  if (!proved || !passkey) return null
  const { id, person_id } = passkey
  if (question.person_id !== null && question.person_id !== person_id) return null
  const { userHandle } = proved.response
  if (userHandle && userHandle !== handleOf(person_id)) return null
  const passed = await checkProof(app, proved, question.challenge, passkey)
  if (!passed) return null
  const proof = passed.user_verified ? 'passkey' : 'security_key'
  return { passkey_id: id, person_id, counter: passed.counter, proof }
}

interface KeptPasskey {
  id: string
  person_id: string
  credential_id: string
  public_key: Buffer
}

async function findPasskey(ctx: Reading, { id }: Proved): Promise<KeptPasskey | null> {
  const { rows } = await sql<KeptPasskey>`select id, person_id, credential_id, public_key from passkeys
    where credential_id = ${id}`.execute(ctx.db)
  return rows[0] ?? null
}

/**
 * Notes the use, unless the passkey's own count did not go on: then it may have been copied (WebAuthn 6.1.1), and nobody comes in by it.
 * One that never counts says 0 for ever. False also for one that was removed meanwhile.
 */
async function notCopied(ctx: Writing, { passkey_id, person_id, counter }: Checked): Promise<boolean> {
  const { rows } = await sql<{ went_on: boolean }>`
    with before as (select id, counter from passkeys where id = ${passkey_id}::uuid for update),
    noted as (
      update passkeys k set counter = ${counter}::bigint, used_at = ${ctx.now}::timestamptz from before b
      where k.id = b.id and (${counter}::bigint > b.counter or (${counter}::bigint = 0 and b.counter = 0)) returning k.id)
    select exists (select from noted) as went_on from before`.execute(ctx.tx)
  if (rows[0]?.went_on === false) await record(ctx, 'account.passkey_doubtful', { about: { person_id, passkey_id } })
  return rows[0]?.went_on ?? false
}
