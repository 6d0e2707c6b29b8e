import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { boundBelow } from '../platform/ids.ts'
import type { ReferralState } from './referral-rows.ts'

/** What a requester is told of the way of their request. */
export interface Progress {
  state: Exclude<ReferralState, 'completed' | 'withdrawn'>
  since: Date
  /** Somebody was asked before and does not take it; not who, nor why. */
  searched_on: boolean
  /** By when whoever is asked now answers. */
  by: Date | null
  /** Their own objection, not settled yet. */
  objected: boolean
}

/** The living referral of a request, as its requester may know it; null when there is none. */
export async function seeProgress(ctx: Reading, { ticket_id }: { ticket_id: string }): Promise<Progress | null> {
  const since = boundBelow(ticket_id)
  const { rows } = await sql<Progress>`${keptPlan}select r.state, r.state_since as since,
      exists (select from facts f where f.ticket_id = r.ticket_id and f.id >= ${since}::uuid and f.kind in ('offer.declined', 'offer.expired', 'offer.returned')
        and f.about->>'referral_id' = r.id::text) as searched_on,
      case when r.state = 'offered' then (select (f.about->>'due_at')::timestamptz from facts f where f.ticket_id = r.ticket_id and f.id >= ${since}::uuid
        and f.kind = 'referral.offered' order by f.at desc, f.id desc limit 1) end as by,
      exists (select from referral_objections o where o.referral_id = r.id and o.settled_at is null) as objected
    from referrals r where r.ticket_id = ${ticket_id}::uuid and r.ended_at is null`.execute(ctx.db)
  return rows[0] ?? null
}
