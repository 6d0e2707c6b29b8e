import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record, recordAll } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { lockMembership } from './lock-membership.ts'
import { openReviews } from './partner-reviews.ts'
import { endRepresentations } from './willingness.ts'

const Reason = z.string().trim().min(3, 'fault.required').max(2000, 'fault.too_long')
export const ChangeAffiliation = z.strictObject({
  affiliation_id: z.uuid(),
  /** Kept in the journal, and told to the institution. */
  reason: Reason,
})
type Change = z.output<typeof ChangeAffiliation>

interface Row {
  id: string
  organisation_id: string
  desk_id: string
  kind: 'member' | 'partner'
}
/** A term and the one that was approved to follow it: what is decided about the first holds for the other, which would begin by itself. */
const withNext = (affiliation_id: string) =>
  sql`(id = ${affiliation_id}::uuid or renewed_from = ${affiliation_id}::uuid)`
const returned = sql`returning id, organisation_id, desk_id, kind`
const aboutOf = ({ id, ...row }: Row) => ({ affiliation_id: id, ...row })

/**
 * Suspends a standing: no offer goes there and its word counts for nothing until it is lifted. Its open offers go to the next (a reaction
 * on `affiliation.suspended`); its running cases stay until they are returned or finished. Coordinators of the secretariat. Refuses
 * conflict `affiliation.not_running`.
 */
export async function suspendAffiliation(ctx: Writing, { affiliation_id, reason }: Change): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lockMembership(ctx)
  const { rows } = await sql<Row>`update affiliations set suspended_at = ${ctx.now}::timestamptz
    where ${withNext(affiliation_id)} and suspended_at is null and ended_at is null ${returned}`.execute(ctx.tx)
  const row = rows.find(({ id }) => id === affiliation_id) ?? refuse('conflict', 'affiliation.not_running')
  await record(ctx, 'affiliation.suspended', { about: aboutOf(row), details: { reason } })
}

/** Lifts a suspension: all is as before, and where its word counts again partners are looked at again. Refuses conflict `affiliation.not_suspended`. */
export async function liftSuspension(ctx: Writing, { affiliation_id, reason }: Change): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lockMembership(ctx)
  const { rows } = await sql<Row>`update affiliations set suspended_at = null
    where ${withNext(affiliation_id)} and suspended_at is not null and ended_at is null ${returned}`.execute(ctx.tx)
  const row = rows.find(({ id }) => id === affiliation_id) ?? refuse('conflict', 'affiliation.not_suspended')
  await record(ctx, 'affiliation.lifted', { about: aboutOf(row), details: { reason } })
  const { rows: words } = await sql<{ province_code: string }>`select province_code from representations
    where organisation_id = ${row.organisation_id}::uuid and kind = 'member' and until is null order by province_code limit 100`.execute(
    ctx.db,
  )
  await openReviews(
    ctx,
    words.map(({ province_code }) => province_code),
  )
}

/**
 * Ends a standing now, with a reason: as with a suspension open offers go to the next (`affiliation.ended`) and running cases stay; the
 * organisation represents no province any more. Coordinators of the secretariat. Refuses conflict `affiliation.not_running`.
 */
export async function endAffiliation(ctx: Writing, { affiliation_id, reason }: Change): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lockMembership(ctx)
  const ended = await endTerms(ctx, withNext(affiliation_id), { reason, by_term: false })
  if (ended === 0) refuse('conflict', 'affiliation.not_running')
}

/** Ends running terms; who has no other one represents nothing any more, and reviews of it are over. The caller holds the lock. */
export async function endTerms(
  ctx: Writing,
  which: ReturnType<typeof sql>,
  { reason, by_term }: { reason: string; by_term: boolean },
): Promise<number> {
  const { rows } =
    await sql<Row>`update affiliations set ended_at = ${by_term ? sql`greatest(ends_at, starts_at)` : sql`${ctx.now}::timestamptz`}
    where ended_at is null and ${which} ${returned}`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map((row) => ({
      kind: 'affiliation.ended' as const,
      about: { ...aboutOf(row), by_term },
      details: { reason },
    })),
  )
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows: reviews } = await sql<{
    id: string
  }>`update partner_reviews set outcome = 'ended', decided_at = ${ctx.now}::timestamptz,
      decided_by = ${by}::uuid where affiliation_id = any (${rows.map(({ id }) => id)}::uuid[]) and outcome is null returning id`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    reviews.map(({ id }) => ({ kind: 'partner_review.decided' as const, about: { review_id: id, outcome: 'ended' } })),
  )
  await endRepresentations(
    ctx,
    sql`organisation_id = any (${rows.map(({ organisation_id }) => organisation_id)}::uuid[])
      and not exists (select from affiliations a where a.organisation_id = representations.organisation_id and a.ended_at is null
        and a.kind = representations.kind)`,
    reason,
  )
  return rows.length
}

export interface AffiliationRow extends Omit<Row, 'desk_id'> {
  name: string
  desk: { id: string; name: string }
  starts_at: Date
  ends_at: Date | null
  suspended_at: Date | null
  ended_at: Date | null
  representations: { id: string; province_code: string; province: string; since: string }[]
}

const LIST_MAX = 500

/** Standings that are not ended (with `ended` those that are), by the end of their term, the nearest first; at most 500. The secretariat only. */
export async function listAffiliations(
  ctx: Reading,
  question: { ended?: boolean; organisation_id?: string } = {},
): Promise<AffiliationRow[]> {
  must(ctx.actor, 'application.review')
  const { rows } =
    await sql<AffiliationRow>`select a.id, a.organisation_id, a.kind, o.name, a.starts_at, a.ends_at, a.suspended_at, a.ended_at,
      jsonb_build_object('id', d.id, 'name', d.name) as desk,
      coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'province_code', r.province_code, 'province', g.name, 'since', r.since)
        order by r.province_code, r.id) from representations r join regions g on g.code = r.province_code
        where r.organisation_id = a.organisation_id and r.kind = a.kind and r.until is null), '[]') as representations
    from affiliations a join organisations o on o.id = a.organisation_id join desks d on d.id = a.desk_id
    where (a.ended_at is null) = ${!question.ended}::boolean
      and (${question.organisation_id ?? null}::uuid is null or a.organisation_id = ${question.organisation_id ?? null}::uuid)
    order by a.ends_at nulls last, lower(o.name), a.id limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}
