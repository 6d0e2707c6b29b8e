import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { liveReferral } from './referral-rows.ts'
import { takeForReferral } from './refer.ts'

export const ObjectTo = z.strictObject({ ticket_id: z.uuid(), words: z.string().trim().min(1).max(2_000) })
export type ObjectTo = z.infer<typeof ObjectTo>

/**
 * "Saya keberatan": the requester does not agree with whom their request went to. It stands on the secretariat's screen until somebody settles
 * it. Refuses `conflict` when nothing is referred (referral.none), or an objection stands already (referral.objected).
 */
export async function objectToReferral(ctx: Writing, input: ObjectTo): Promise<void> {
  if (ctx.actor.kind !== 'requester' || ctx.actor.ticket_id !== input.ticket_id) refuse('forbidden', 'ticket.forbidden')
  const live = (await liveReferral(ctx, input.ticket_id)) ?? refuse('conflict', 'referral.none')
  const id = newId()
  // "on conflict" alone: whoever objects sees no row of others, so it must not be named which.
  const { rows } = await sql`insert into referral_objections (id, referral_id, ticket_id, person_id, words, made_at)
    values (${id}::uuid, ${live.id}::uuid, ${live.ticket_id}::uuid, ${ctx.actor.person_id}::uuid, ${input.words}, ${ctx.now}::timestamptz)
    on conflict do nothing returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'referral.objected')
  await record(ctx, 'referral.objected', {
    ticket_id: live.ticket_id,
    about: { referral_id: live.id, objection_id: id },
  })
}

/** It was a slip: whoever made it takes it back before anybody has dealt with it. Refuses `conflict` (referral.no_objection). Records `referral.objection_settled`. */
export async function takeBackObjection(
  ctx: Writing,
  { ticket_id, person_id }: { ticket_id: string; person_id: string },
): Promise<void> {
  const { rows } = await sql<{ id: string; referral_id: string }>`update referral_objections
    set settled_at = ${ctx.now}::timestamptz, settled_by = ${person_id}::uuid
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid and settled_at is null returning id, referral_id`.execute(
    ctx.tx,
  )
  const [one] = rows
  if (!one) refuse('conflict', 'referral.no_objection')
  await record(ctx, 'referral.objection_settled', {
    ticket_id,
    about: { referral_id: one.referral_id, objection_id: one.id },
  })
}

export const SettleObjection = z.strictObject({ ticket_id: z.uuid() })
export type SettleObjection = z.infer<typeof SettleObjection>

/** Somebody has dealt with it. For those who may choose; refuses `conflict` (referral.no_objection) when none is open. */
export async function settleObjection(ctx: Writing, { ticket_id }: SettleObjection): Promise<void> {
  await takeForReferral(ctx, ticket_id)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{ id: string; referral_id: string }>`update referral_objections
    set settled_at = ${ctx.now}::timestamptz, settled_by = ${by}::uuid
    where ticket_id = ${ticket_id}::uuid and settled_at is null returning id, referral_id`.execute(ctx.tx)
  const [one] = rows
  if (!one) refuse('conflict', 'referral.no_objection')
  await record(ctx, 'referral.objection_settled', {
    ticket_id,
    about: { referral_id: one.referral_id, objection_id: one.id },
  })
}
