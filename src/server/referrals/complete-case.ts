import { sql } from 'kysely'
import { z } from 'zod'
import { identify, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { resolve, Resolve, takeBack, type Sent } from '../tickets/index.ts'
import { answering, AnswerOffer, UNDO_SECONDS } from './answering.ts'

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
  /** What came with it, kept on the answer. */
  attachments: Resolve.shape.attachments,
})
export type CompleteCase = z.infer<typeof CompleteCase>

/**
 * "Selesai": writes the answer down and asks the requester whether it helped; the case is theirs until the requester confirms. What is said by
 * mail or SMS leaves after five minutes, until then BATAL takes it back (undoCompletion). Refuses
 * `conflict` (offer.was_STATE) for a case that is not theirs any more, and (offer.not_answered) when nothing is told and nothing was ever answered.
 */
export async function completeCase(given: Writing, input: CompleteCase): Promise<Sent> {
  const { ctx, offer } = await answering(given, input)
  if (offer.state !== 'accepted') refuse('conflict', `offer.was_${offer.state}`)
  const told = input.resolution ?? (await lastAnswer(ctx, offer.ticket_id, input.words))
  const sent = await resolve(ctx, {
    ticket_id: offer.ticket_id,
    ...told,
    attachments: input.attachments,
    // By a message nobody sees a button: what is said by mistake is taken back by another message, so it leaves when that is over.
    take_back_seconds: input.via === 'web' || input.via === 'api' ? undefined : UNDO_SECONDS,
    at_once: input.via === 'api',
    to_complete: !input.resolution,
  })
  const { referral_id, id: offer_id, desk_id } = offer
  await record(ctx, 'offer.answered', {
    ticket_id: offer.ticket_id,
    about: { referral_id, offer_id, desk_id, via: input.via },
  })
  return sent
}

/** Takes a "selesai" back before it leaves: the case goes on. Refuses `conflict` (ticket.left_already) when it is on its way. */
export async function undoCompletion(given: Writing, input: AnswerOffer & { message_id: string }): Promise<void> {
  const { ctx, offer } = await answering(given, input)
  // One answers a ticket that was given to one: the database must know who asks.
  await identify(ctx.tx, ctx.actor)
  await takeBack(ctx, { ticket_id: offer.ticket_id, message_id: input.message_id })
  await identify(ctx.tx, given.actor)
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
