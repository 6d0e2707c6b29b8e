import { sql } from 'kysely'
import type { Reading, Writing } from './context.ts'

/**
 * Facts whose words, addresses and IPs are older than a moment, oldest first; at most `most`. Their chain stays whole without them. Not those
 * of somebody under a legal hold: what they did, what was done to them, and everything on the tickets on which they stand.
 */
export async function findOldDetails(ctx: Reading, before: Date, most: number) {
  const { rows } = await sql<{ id: string; at: Date; what: string }>`select f.id, f.at, f.kind as what
    from journal_details d join facts f on f.id = d.fact_id
    where f.at < ${before}::timestamptz and not exists (select from legal_holds h where h.lifted_at is null
      and (h.person_id = f.actor_id or h.person_id::text = f.about ->> 'person_id'))
      and not exists (select from legal_holds h join participants p on p.person_id = h.person_id
        where h.lifted_at is null and p.ticket_id = f.ticket_id)
    order by f.id limit ${most}::int`.execute(ctx.db)
  return rows
}

export async function clearDetails(ctx: Writing, ids: readonly string[]): Promise<string[]> {
  await sql`delete from journal_details where fact_id = any (${[...ids]}::uuid[])`.execute(ctx.tx)
  return []
}
