import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import type { SumLine } from '../regions/index.ts'

export interface Clock {
  id: string
  urgency: string
  /** The zone in which the sum is written. */
  time_zone: string
  working_minutes: number
  started_at: Date
  due_at: Date
  /** What "Lihat rincian perhitungan" prints, line by line. */
  sum: SumLine[]
  /** When it was answered or ended; null while it runs. */
  stopped_at: Date | null
}

/** A ticket's clocks, the newest first. Nothing for a ticket that the actor does not see, and nothing for a requester's link before its clock has started. */
export async function listClocks(ctx: Reading, ticket_id: string): Promise<Clock[]> {
  const clocks = await ctx.db
    .selectFrom('clocks')
    .modifyFront(keptPlan)
    .select(['id', 'urgency', 'time_zone', 'working_minutes', 'started_at', 'due_at', 'sum', 'stopped_at'])
    .where('ticket_id', '=', ticket_id)
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
  return clocks.map((clock) => ({ ...clock, sum: clock.sum as unknown as SumLine[] }))
}
