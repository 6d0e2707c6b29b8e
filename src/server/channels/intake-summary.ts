import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import type { Channel } from './take-items.ts'

const COUNTED = ['ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'] as const
type Counted = (typeof COUNTED)[number]

export type IntakeSums = Record<'received' | 'waiting' | Counted, number>
export type IntakeSummary = IntakeSums & { by_channel: Partial<Record<Channel, IntakeSums>> }

/**
 * What came since installation and what became of it, in one statement and so of one moment. What waits is counted from the rows
 * themselves, not reckoned: received = the sum of the others shows that nothing is missing.
 */
export async function intakeSummary(ctx: Reading): Promise<IntakeSummary> {
  const { rows } = await sql<{ channel: Channel; name: keyof IntakeSums; total: number }>`select
      split_part(name, '.', 2) as channel, split_part(name, '.', 3) as name, sum(total)::bigint as total
    from (
      select name, total from counts where name like 'intake.%'
      union all select name, delta from count_deltas where name like 'intake.%'
      union all select 'intake.' || channel || '.waiting', count(*) from intake_items where outcome is null group by channel) sums
    group by 1, 2`.execute(ctx.db)
  const summary: IntakeSummary = { ...zero(), by_channel: {} }
  for (const { channel, name, total } of rows) {
    summary[name] += total
    const own = (summary.by_channel[channel] ??= zero())
    own[name] += total
  }
  return summary
}

const zero = (): IntakeSums => ({
  received: 0,
  waiting: 0,
  ...(Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<Counted, number>),
})
