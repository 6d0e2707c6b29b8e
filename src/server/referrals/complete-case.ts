import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { resolve, type Sent } from '../tickets/index.ts'
import { answering, AnswerOffer } from './answering.ts'

const field = (max: number) => z.string().trim().max(max)

export const CompleteCase = AnswerOffer.extend({
  /** The answer in its four fields. Left out (by mail, by SMS) it is made from the last answer, and waits to be filled in properly. */
  resolution: z
    .strictObject({
      problem: field(10_000).min(1),
      cause: field(10_000).optional(),
      alternatives: field(10_000).optional(),
      steps: field(20_000).min(1),
    })
    .optional(),
  /** What was done, in one's own words (SELESAI kode kata): waits to be filled in properly, as the last answer does. */
  words: field(20_000).min(1).optional(),
})
export type CompleteCase = z.infer<typeof CompleteCase>

/**
 * "Selesai": writes the answer down and asks the requester whether it helped; the case is theirs until the requester confirms. Refuses
 * `conflict` (offer.was_STATE) for a case that is not theirs any more, and (offer.not_answered) when nothing is told and nothing was ever answered.
 */
export async function completeCase(given: Writing, input: CompleteCase): Promise<Sent> {
  const { ctx, offer } = await answering(given, input)
  if (offer.state !== 'accepted') refuse('conflict', `offer.was_${offer.state}`)
  const told = input.resolution ?? (await lastAnswer(ctx, offer.ticket_id, input.words))
  const sent = await resolve(ctx, {
    ticket_id: offer.ticket_id,
    ...told,
    at_once: input.via !== 'web',
    to_complete: !input.resolution,
  })
  const { referral_id, id: offer_id, desk_id } = offer
  await record(ctx, 'offer.answered', {
    ticket_id: offer.ticket_id,
    about: { referral_id, offer_id, desk_id, via: input.via },
  })
  return sent
}

async function lastAnswer(
  ctx: Writing,
  ticket_id: string,
  words?: string,
): Promise<{ problem: string; steps: string }> {
  const { rows } = await sql<{ problem: string; steps: string | null }>`select t.subject as problem,
      coalesce(${words ?? null}::text, (select m.text from messages m where m.ticket_id = t.id and m.direction = 'out' and m.taken_back_at is null
        and m.author_id is not null and m.at >= t.holder_since order by m.at desc, m.id desc limit 1)) as steps
    from tickets t where t.id = ${ticket_id}::uuid`.execute(ctx.db)
  const told = rows[0]
  return told && told.steps !== null
    ? { problem: told.problem, steps: told.steps }
    : refuse('conflict', 'offer.not_answered')
}
