import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { activePolicy } from './policies.ts'

/** What a desk was asked and what became of it, and by what its turn is reckoned; for its own people. */
export interface OwnShare {
  desk: { id: string; name: string }
  /** How many days are looked at. */
  days: number
  offered: number
  accepted: number
  declined: number
  expired: number
  returned: number
  completed: number
  /** Withdrawn before it was answered; these do not count for the turn. */
  cancelled: number
  /** Minutes from the offer to its acceptance, half of them quicker; null where nothing was accepted. */
  median_minutes: number | null
  capacity_per_week: number
  /** New cases that its capacity promises over those days. */
  promised: number
  last_offered_at: Date | null
}

/** The share of each of these desks in the policy's window. Offers of others are not among them: row-level security keeps to the actor's own. */
export async function ownShares(ctx: Reading, desk_ids: readonly string[]): Promise<OwnShare[]> {
  const { window_days } = await activePolicy(ctx)
  const { rows } = await sql<Omit<OwnShare, 'days'>>`select json_build_object('id', d.id, 'name', d.name) as desk,
      count(o.id) filter (where o.state <> 'cancelled')::int as offered,
      count(o.id) filter (where o.state in ('accepted', 'completed', 'returned'))::int as accepted,
      count(o.id) filter (where o.state = 'declined')::int as declined,
      count(o.id) filter (where o.state = 'expired')::int as expired,
      count(o.id) filter (where o.state = 'returned')::int as returned,
      count(o.id) filter (where o.state = 'completed')::int as completed,
      count(o.id) filter (where o.state = 'cancelled')::int as cancelled,
      (percentile_cont(0.5) within group (order by extract(epoch from o.answered_at - o.offered_at) / 60)
        filter (where o.state in ('accepted', 'completed', 'returned')))::float as median_minutes,
      d.capacity_per_week, round(d.capacity_per_week * ${window_days}::int / 7.0)::int as promised, max(o.offered_at) as last_offered_at
    from desks d left join offers o on o.desk_id = d.id and o.offered_at > ${ctx.now}::timestamptz - make_interval(days => ${window_days}::int)
    where d.id = any (${[...desk_ids]}::uuid[]) group by d.id order by lower(d.name), d.id limit 50`.execute(ctx.db)
  return rows.map((row) => ({ ...row, days: window_days }))
}
