import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { dueTimes } from './open-offer.ts'
import { takeForReferral } from './refer.ts'
import { refuseIfJudged } from './refuse-if-judged.ts'

export const MoveDeadline = z.strictObject({
  ticket_id: z.uuid(),
  /** From now, in working minutes of whoever was asked: at most a week's. */
  minutes: z.coerce.number('fault.number').int('fault.number').min(15, 'fault.range').max(2_400, 'fault.range'),
})
export type MoveDeadline = z.infer<typeof MoveDeadline>

/**
 * Later or earlier: from now on the open offer of a ticket waits so long, and its reminder comes at half of that. Those who may choose; refuses
 * `conflict` where nothing is offered (referral.none), or the offer was answered meanwhile (offer.was_STATE). Records `offer.deadline_moved`.
 */
export async function moveDeadline(ctx: Writing, { ticket_id, minutes }: MoveDeadline): Promise<{ due_at: Date }> {
  const { live } = await takeForReferral(ctx, ticket_id)
  if (!live) refuse('conflict', 'referral.none')
  await refuseIfJudged(ctx, live)
  const { rows } = await sql<{ id: string; desk_id: string }>`select id, desk_id from offers
    where referral_id = ${live.id}::uuid and state = 'open'`.execute(ctx.db)
  const offer = rows[0] ?? refuse('conflict', 'referral.none')
  const { due_at, remind_at } = await dueTimes(ctx, offer.desk_id, minutes)
  const { rows: moved } = await sql<{
    state: string | null
  }>`select move_deadline_as_actor(${offer.id}::uuid, ${due_at}::timestamptz,
    ${remind_at}::timestamptz) as state`.execute(ctx.tx)
  const state = moved[0]?.state ?? refuse('not_found', 'offer.unknown')
  if (state !== 'open') refuse('conflict', `offer.was_${state}`)
  const { id: offer_id, desk_id } = offer
  const about = { referral_id: live.id, offer_id, desk_id, due_at: due_at.toISOString() }
  await record(ctx, 'offer.deadline_moved', { ticket_id, about })
  return { due_at }
}
