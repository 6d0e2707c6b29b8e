import type { App } from '../platform/app.ts'
import { enter, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countAttempt, forgiveHits } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import {
  countAnswer,
  endHalfSession,
  findHalfSession,
  HALF_SESSION_TRIES_MAX,
  type HalfSession,
} from './half-sessions.ts'
import { openSessionFor, type Entry, type Proof } from './open-session-for.ts'
import { isRecoveryCode, takeRecoveryCode } from './recovery-codes.ts'
import { takeTotpCode } from './totp-keys.ts'
import type { Visit } from './visit.ts'

/** Wrong answers for one account in an hour, by however many half sessions; only whoever has passed the first step can use them up. */
const limitsOf = (person_id: string) => [
  { name: 'second_factor.person', whom: person_id, max: 30, window_seconds: 3600 },
]

/** Whose second step is due with this request, and which; null when none is. Looking uses nothing up. */
export const dueStep = (app: App, headers: Headers): Promise<HalfSession | null> =>
  enter(app, 'sign_in', (ctx) => findHalfSession(ctx, headers))

/**
 * The second step by a code of the authenticator app or by a recovery code. Refuses unauthenticated: `second_step` when no step is due
 * any more (the first must be done again), `second_factor` for a wrong or used code; and too_many. After five wrong ones the half session
 * ends. Opens its own transaction: the count stays although the answer is wrong. Records `account.second_factor_refused`, or what
 * openSessionFor records, and `account.recovery_code_used`.
 */
export async function answerSecondStep(app: App, { code, visit }: { code: string; visit: Visit }): Promise<Entry> {
  const outcome = await enter(app, 'sign_in', async (ctx): Promise<Entry | 'wrong' | 'over'> => {
    const half = await countAnswer(ctx, visit.headers, 'answer')
    if (!half) return 'over'
    const attempt = await countAttempt(ctx, limitsOf(half.person_id))
    const proof = await provedBy(ctx, half.person_id, code, visit)
    if (proof) {
      await forgiveHits(ctx, attempt)
      return (await finishSecondStep(ctx, half, proof, visit)) ?? 'over'
    }
    const { person_id } = half
    const method = isRecoveryCode(code) ? 'recovery_code' : 'totp'
    await record(ctx, 'account.second_factor_refused', {
      about: { person_id, method },
      details: { client: visit.client },
    })
    if (half.tries < HALF_SESSION_TRIES_MAX) return 'wrong'
    await endHalfSession(ctx, half)
    return 'over'
  })
  if (outcome === 'over') refuse('unauthenticated', 'second_step')
  if (outcome === 'wrong') refuse('unauthenticated', 'second_factor', [{ path: 'code', key: 'fault.code' }])
  return outcome
}

/**
 * The second step proved in another way (a passkey), in the transaction (door sign_in) that checked it. Null when the half session was
 * used or ended meanwhile.
 */
export async function finishSecondStep(
  ctx: Writing,
  half: HalfSession,
  proof: Proof,
  visit: Visit,
): Promise<Entry | null> {
  if (!(await endHalfSession(ctx, half))) return null
  const { person_id, replaces, provider } = half
  return openSessionFor(ctx, { person_id, proofs: [...half.proofs, proof], visit, replaces, provider })
}

async function provedBy(ctx: Writing, person_id: string, code: string, visit: Visit): Promise<Proof | null> {
  if (!isRecoveryCode(code)) return (await takeTotpCode(ctx, person_id, code)) ? 'totp' : null
  const taken = await takeRecoveryCode(ctx, person_id, code)
  if (!taken) return null
  const details = { client: visit.client, user_agent: visit.user_agent?.slice(0, 500) ?? null }
  await record(ctx, 'account.recovery_code_used', { about: { person_id, codes_left: taken.codes_left }, details })
  return 'recovery_code'
}
