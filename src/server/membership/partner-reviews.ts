import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record, recordAll } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { findWilling } from './partner-rule.ts'

/** By when a partner whose term has no end is to be looked at: a quarter, as long as the first reminder of a renewal leads. */
const WITHOUT_END_DAYS = 90

/**
 * Where a member is willing, each partner with a running term that was admitted for the province is to be looked at again: by the end of
 * its term, because until then it stays eligible, and no renewal is possible after. One open review for each partner and province; one
 * that was decided is not asked again for the same member. The caller holds the lock.
 */
export async function openReviews(ctx: Writing, provinces: readonly string[]): Promise<void> {
  const willing = await findWilling(ctx, provinces)
  if (willing.length === 0) return
  const { rows: partners } = await sql<{ affiliation_id: string; province_code: string; representation_id: string }>`
    with willing as (
      select distinct on (province_code) * from jsonb_to_recordset(${JSON.stringify(willing)}::jsonb)
        as w (province_code text, representation_id uuid, since timestamptz) order by province_code, since, representation_id)
    select a.id as affiliation_id, r.province_code, w.representation_id
    from representations r join willing w on w.province_code = r.province_code
    join affiliations a on a.organisation_id = r.organisation_id and a.kind = 'partner' and a.ended_at is null
      and (a.ends_at is null or a.ends_at > ${ctx.now}::timestamptz)
    where r.kind = 'partner' and r.until is null
      and not exists (select from partner_reviews v where v.affiliation_id = a.id and v.province_code = r.province_code and v.outcome is null)
    order by a.id, r.province_code limit 1000`.execute(ctx.db)
  if (partners.length === 0) return
  const rows = partners.map((partner) => ({ id: newId(), ...partner }))
  const { rows: made } = await sql<{ id: string; affiliation_id: string; province_code: string }>`
    insert into partner_reviews (id, affiliation_id, province_code, representation_id, made_at, due_at)
    select v.id, v.affiliation_id, v.province_code, v.representation_id, ${ctx.now}::timestamptz,
      coalesce(a.ends_at, ${ctx.now}::timestamptz + make_interval(days => ${WITHOUT_END_DAYS}::int))
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v (id uuid, affiliation_id uuid, province_code text, representation_id uuid)
    join affiliations a on a.id = v.affiliation_id
    on conflict (affiliation_id, representation_id) do nothing returning id, affiliation_id, province_code`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    made.map(({ id, ...about }) => ({ kind: 'partner_review.opened' as const, about: { review_id: id, ...about } })),
  )
}

/** The members of these rows are willing no more: there is nothing to look at. */
export async function closeReviewsWithoutReason(ctx: Writing, representation_ids: readonly string[]): Promise<void> {
  const { rows } = await sql<{
    id: string
  }>`update partner_reviews set outcome = 'member_withdrew', decided_at = ${ctx.now}::timestamptz
    where representation_id = any (${[...representation_ids]}::uuid[]) and outcome is null returning id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id }) => ({
      kind: 'partner_review.decided' as const,
      about: { review_id: id, outcome: 'member_withdrew' },
    })),
  )
}

export interface PartnerReview {
  id: string
  affiliation_id: string
  partner: { id: string; name: string }
  member: { id: string; name: string }
  province: { code: string; name: string }
  made_at: Date
  due_at: Date
}

/** Open reviews, the earliest due first; at most 200. The secretariat only. */
export async function listPartnerReviews(ctx: Reading): Promise<PartnerReview[]> {
  must(ctx.actor, 'application.review')
  const { rows } = await sql<PartnerReview>`select v.id, v.affiliation_id, v.made_at, v.due_at,
      jsonb_build_object('id', p.id, 'name', p.name) as partner, jsonb_build_object('id', m.id, 'name', m.name) as member,
      jsonb_build_object('code', g.code, 'name', g.name) as province
    from partner_reviews v join affiliations a on a.id = v.affiliation_id join organisations p on p.id = a.organisation_id
    join representations r on r.id = v.representation_id join organisations m on m.id = r.organisation_id
    join regions g on g.code = v.province_code
    where v.outcome is null order by v.due_at, v.id limit 200`.execute(ctx.db)
  return rows
}

export const DecideReview = z.strictObject({
  review_id: z.uuid(),
  reason: z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long'),
})

/**
 * The partner stays until the end of its term, as the rule says, and is not renewed while the member is willing. (To end it sooner is to
 * end its standing: endAffiliation.) Coordinators of the secretariat. Refuses not_found `partner_review` also for a decided one.
 */
export async function decideReview(ctx: Writing, { review_id, reason }: z.output<typeof DecideReview>): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } =
    await sql`update partner_reviews set outcome = 'stays_until_end', decided_at = ${ctx.now}::timestamptz, decided_by = ${by}::uuid
    where id = ${review_id}::uuid and outcome is null returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', 'partner_review')
  await record(ctx, 'partner_review.decided', { about: { review_id, outcome: 'stays_until_end' }, details: { reason } })
}
