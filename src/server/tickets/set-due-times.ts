import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/**
 * By when an answer is promised, or null when nothing is promised any more. Reckoned by the service levels, which stand above; kept on
 * the ticket, because every list shows it. One statement for all.
 */
export async function setDueTimes(
  ctx: Writing,
  times: readonly { ticket_id: string; due_at: Date | null }[],
): Promise<void> {
  if (times.length === 0) return
  await sql`update tickets t set due_at = d.due_at
    from jsonb_to_recordset(${JSON.stringify(times)}::jsonb) as d (ticket_id uuid, due_at timestamptz)
    where t.id = d.ticket_id and t.due_at is distinct from d.due_at`.execute(ctx.tx)
}
