import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { refuseJudgesOf } from './offer-next.ts'
import type { ReferralRow } from './referral-rows.ts'

/** Refuses `forbidden` whoever works for one of those who were weighed for this referral: nobody overrides in their own cause. */
export async function refuseIfJudged(ctx: Writing, referral: ReferralRow): Promise<void> {
  if (ctx.actor.kind !== 'staff') return
  const { rows } = await sql<{ organisation_id: string }>`select distinct unnest(organisation_ids) as organisation_id
    from referral_decisions where referral_id = ${referral.id}::uuid limit 2000`.execute(ctx.db)
  await refuseJudgesOf(
    ctx,
    referral,
    rows.map(({ organisation_id }) => organisation_id),
  )
}
