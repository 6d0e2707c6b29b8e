import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { decide, type Decision, type NeededHelp } from './decide.ts'
import { findCandidates, type Weighed } from './find-candidates.ts'
import { activePolicy } from './policies.ts'
import type { Policy } from './policy.ts'
import type { ReferralRow } from './referral-rows.ts'

export interface Weighing {
  needed: NeededHelp
  candidates: Weighed[]
  policy: Policy
  seed: string
  decision: Decision
}

export type Needs = Pick<
  ReferralRow,
  'id' | 'ticket_id' | 'region_code' | 'competence_code' | 'level' | 'kind' | 'organisation_id'
>

/** Asks decide() about a referral, with everything that it looks at; what it was asked is kept, so that it can be asked again years later. */
export async function weigh(ctx: Reading, referral: Needs, also: string | null = null): Promise<Weighing> {
  const policy = await activePolicy(ctx)
  const [candidates, refused_by] = await Promise.all([
    findCandidates(ctx, {
      ticket_id: referral.ticket_id,
      at: ctx.now,
      region_code: referral.region_code,
      competence_code: referral.competence_code,
      organisation_id: referral.organisation_id,
      window_days: policy.window_days,
      also,
    }),
    refusedBy(ctx, referral.id),
  ])
  const needed: NeededHelp = {
    at: ctx.now.toISOString(),
    region_code: referral.region_code,
    competence: referral.competence_code === null ? null : { code: referral.competence_code, level: referral.level! },
    kind: referral.kind,
    organisation_id: referral.organisation_id,
    refused_by,
  }
  const seed = newId()
  return { needed, candidates, policy, seed, decision: decide(needed, candidates, policy, seed) }
}

const OFFERS_MAX = 200

async function refusedBy(ctx: Reading, referral_id: string): Promise<NeededHelp['refused_by']> {
  const { rows } = await sql<{
    desk_id: string
    state: 'declined' | 'expired' | 'returned'
  }>`${keptPlan}select desk_id, state from offers
    where referral_id = ${referral_id}::uuid and state in ('declined', 'expired', 'returned') order by number limit ${OFFERS_MAX}::int`.execute(
    ctx.db,
  )
  return Object.fromEntries(rows.map(({ desk_id, state }) => [desk_id, state]))
}
