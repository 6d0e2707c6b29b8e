import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import type { Policy } from './policy.ts'
import type { Trial } from './try-policy.ts'

/** What a decision of this moment is made by: the newest that is active. */
export async function activePolicy(ctx: Reading): Promise<Policy> {
  const { rows } = await sql<{ policy: Policy }>`${keptPlan}select policy from referral_policies
    where active_from <= ${ctx.now}::timestamptz order by active_from desc, saved_at desc, version desc limit 1`.execute(
    ctx.db,
  )
  const [row] = rows
  if (!row) throw new Error('there is no referral policy')
  return row.policy
}

export interface KnownPolicy {
  policy: Policy
  /** tried: run dry, and nobody has said from when it counts. */
  state: 'tried' | 'scheduled' | 'active' | 'past'
  active_from: Date | null
  saved_at: Date
  saved_by: string | null
  reason: string | null
  trial: Trial | null
}
const POLICIES_MAX = 50

/** All rules of referral, the newest first, each with how it stands and what its dry run said. For the secretariat's coordinators and administrators. */
export async function listPolicies(ctx: Reading): Promise<KnownPolicy[]> {
  mustCoordinateAll(ctx.actor)
  const { rows } = await sql<KnownPolicy>`with counts as (select version from referral_policies
      where active_from <= ${ctx.now}::timestamptz order by active_from desc, saved_at desc, version desc limit 1)
    select p.policy, p.active_from, p.saved_at, p.reason, t.trial, (select name from people where id = p.saved_by) as saved_by,
      case when p.active_from is null then 'tried' when p.active_from > ${ctx.now}::timestamptz then 'scheduled'
        when p.version = (select version from counts) then 'active' else 'past' end as state
    from referral_policies p left join referral_policy_trials t on t.version = p.version
    order by p.saved_at desc, p.version desc limit ${POLICIES_MAX}::int`.execute(ctx.db)
  return rows
}
