import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { answering, AnswerOffer, stepped, undoUntil, type Answered, type Stepped } from './answering.ts'

export const declineReasons = [
  'outside_competence',
  'capacity',
  'conflict_of_interest',
  'outside_region',
  'needs_paid_work',
  'facts_missing',
  'other',
] as const
export type DeclineReason = (typeof declineReasons)[number]

const words = z.string().trim().max(2_000).optional()
/** Words are needed for `other` only. */
export const Reason = {
  reason_code: z.enum(declineReasons),
  reason_words: words,
}
export const saysOther = ({
  reason_code,
  reason_words,
}: {
  reason_code: DeclineReason
  reason_words?: string | undefined
}) => reason_code !== 'other' || Boolean(reason_words)

export const DeclineOffer = AnswerOffer.extend(Reason).refine(saysOther, {
  path: ['reason_words'],
  error: 'fault.required',
})
export type DeclineOffer = z.infer<typeof DeclineOffer>

/**
 * "Tolak", with why. The next candidate is asked by itself (the job `referrals.next`); the request stays with the desk that referred it. Can be undone
 * for five minutes. Refuses like acceptOffer. Records `offer.declined`; the words of the reason go to its details.
 */
export async function declineOffer(given: Writing, input: DeclineOffer): Promise<Answered> {
  const { ctx, offer, person_id, as_actor } = await answering(given, input)
  const undo_until = undoUntil(ctx.now)
  const said = input.reason_words || null
  const { rows } = as_actor
    ? await sql<{
        answer: Stepped | null
      }>`select decline_offer_as_actor(${offer.id}::uuid, ${input.via}, ${ctx.now}::timestamptz,
        ${undo_until}::timestamptz, ${input.reason_code}, ${said}::text) as answer`.execute(ctx.tx)
    : await sql<{
        answer: Stepped | null
      }>`select decline_offer(${offer.id}::uuid, ${person_id}::uuid, ${input.via}, ${ctx.now}::timestamptz,
        ${undo_until}::timestamptz, ${input.reason_code}, ${said}::text) as answer`.execute(ctx.tx)
  const { referral_id, ticket_id, desk_id } = stepped(rows[0]?.answer)
  await record(ctx, 'offer.declined', {
    ticket_id,
    about: { referral_id, offer_id: offer.id, desk_id, via: input.via, reason: input.reason_code },
    ...(said === null ? {} : { details: { words: said } }),
  })
  return { offer_id: offer.id, referral_id, ticket_id, state: 'declined', undo_until }
}
