import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import type { Policy } from './policy.ts'

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
