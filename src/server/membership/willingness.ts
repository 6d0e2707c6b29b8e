import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { lockMembership } from './lock-membership.ts'
import { closeReviewsWithoutReason, openReviews } from './partner-reviews.ts'

export const RecordWillingness = z.strictObject({
  organisation_id: z.uuid(),
  province_code: z.string().regex(/^\d{2}$/, 'fault.region'),
  reason: z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long'),
})

/**
 * A member says that it is willing to represent a province: from now on no partner is admitted or renewed there, and each partner of the
 * province is to be looked at again. Coordinators of the secretariat. Refuses conflict `affiliation.no_member` for whoever is no member
 * today, and `representation.known`.
 */
export async function recordWillingness(ctx: Writing, input: z.output<typeof RecordWillingness>): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lockMembership(ctx)
  const { organisation_id, province_code, reason } = input
  const { rows: member } =
    await sql`select from affiliations where organisation_id = ${organisation_id}::uuid and kind = 'member'
    and ended_at is null and (ends_at is null or ends_at > ${ctx.now}::timestamptz) limit 1`.execute(ctx.db)
  if (member.length === 0) refuse('conflict', 'affiliation.no_member')
  const [made] = await addRepresentations(ctx, { organisation_id, kind: 'member', provinces: [province_code], reason })
  if (!made) refuse('conflict', 'representation.known')
  await openReviews(ctx, [province_code])
}

/** Writes down what is not there yet, with a fact each. The caller holds the lock and knows that they may. Answers the ids of the new rows. */
export async function addRepresentations(
  ctx: Writing,
  given: { organisation_id: string; kind: 'member' | 'partner'; provinces: readonly string[]; reason: string },
): Promise<string[]> {
  if (given.provinces.length === 0) return []
  const rows = given.provinces.map((province_code) => ({ id: newId(), province_code }))
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows: made } = await sql<{ id: string; province_code: string }>`
    insert into representations (id, organisation_id, province_code, kind, since, recorded_by)
    select id, ${given.organisation_id}::uuid, province_code, ${given.kind}, ${ctx.now}::timestamptz, ${by}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, province_code text)
    on conflict (organisation_id, province_code) where until is null do nothing returning id, province_code`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    made.map(({ id, province_code }) => ({
      kind: 'representation.recorded' as const,
      about: { representation_id: id, organisation_id: given.organisation_id, province_code, standing: given.kind },
      details: { reason: given.reason },
    })),
  )
  return made.map(({ id }) => id)
}

export const WithdrawWillingness = z.strictObject({
  representation_id: z.uuid(),
  reason: z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long'),
})

/** A member withdraws its word, or a partner gives a province back: from now on. Coordinators of the secretariat. Refuses not_found `representation`. */
export async function withdrawWillingness(ctx: Writing, input: z.output<typeof WithdrawWillingness>): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lockMembership(ctx)
  const ended = await endRepresentations(ctx, sql`id = ${input.representation_id}::uuid`, input.reason)
  if (ended === 0) refuse('not_found', 'representation')
}

/** Ends live rows, each with a fact, and what hung on them. The caller holds the lock. Answers how many. */
export async function endRepresentations(ctx: Writing, which: ReturnType<typeof sql>, reason: string): Promise<number> {
  const { rows } = await sql<{ id: string; organisation_id: string; province_code: string; kind: string }>`
    update representations set until = ${ctx.now}::timestamptz where until is null and ${which}
    returning id, organisation_id, province_code, kind`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, organisation_id, province_code, kind }) => ({
      kind: 'representation.withdrawn' as const,
      about: { representation_id: id, organisation_id, province_code, standing: kind },
      details: { reason },
    })),
  )
  await closeReviewsWithoutReason(
    ctx,
    rows.map(({ id }) => id),
  )
  // Another member may still be willing there.
  await openReviews(
    ctx,
    rows.filter(({ kind }) => kind === 'member').map(({ province_code }) => province_code),
  )
  return rows.length
}
