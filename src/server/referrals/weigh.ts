import type { Reading } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { decide, type Decision, type NeededHelp } from './decide.ts'
import { findCandidates, type Weighed } from './find-candidates.ts'
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
  const { policy, refused_by, candidates } = await findCandidates(ctx, {
    ticket_id: referral.ticket_id,
    referral_id: referral.id,
    at: ctx.now,
    region_code: referral.region_code,
    competence_code: referral.competence_code,
    organisation_id: referral.organisation_id,
    also,
  })
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
