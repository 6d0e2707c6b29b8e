import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { answering, AnswerOffer, undoUntil, type Answered } from './answering.ts'
import { Reason, saysOther } from './decline-offer.ts'
import { leaveCase, revoked } from './leave-case.ts'

export const ReturnCase = AnswerOffer.extend({
  ...Reason,
  /** Who is asked now: the next candidate by itself, or the desk that referred it decides. */
  to: z.enum(['next', 'centre']).default('next'),
}).refine(saysOther, { path: ['reason_words'], error: 'fault.required' })
export type ReturnCase = z.infer<typeof ReturnCase>

/**
 * Gives an accepted case back: the desk that referred it holds it again, the provider's people see it no more, and either the next candidate
 * is asked (the job `referrals.next`) or the desk decides. Can be undone for five minutes (undoAnswer). Refuses `conflict` (offer.was_STATE) for a case that is not theirs any more,
 * `not_found` and `forbidden` as answering() does. Records `offer.returned` and `grant.revoked` for each person.
 */
export async function returnCase(given: Writing, input: ReturnCase): Promise<Answered> {
  const { ctx, offer, person_id, as_actor } = await answering(given, input)
  if (offer.state !== 'accepted') refuse('conflict', `offer.was_${offer.state}`)
  const done = await leaveCase(ctx, {
    offer_id: offer.id,
    becomes: 'returned',
    next_state: input.to === 'next' ? 'offered' : 'returned',
    person_id,
    reason_code: input.reason_code,
    reason_words: input.reason_words || null,
    as_actor,
  })
  const { referral_id, ticket_id, desk_id } = done
  await recordAll(ctx, [
    {
      kind: 'offer.returned',
      ticket_id,
      about: { referral_id, offer_id: offer.id, desk_id, via: input.via, reason: input.reason_code, to: input.to },
      ...(input.reason_words ? { details: { words: input.reason_words } } : {}),
    },
    ...revoked(done),
  ])
  return { offer_id: offer.id, referral_id, ticket_id, state: 'returned', undo_until: undoUntil(ctx.now) }
}
