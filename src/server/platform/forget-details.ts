import { sql } from 'kysely'
import type { Writing } from './context.ts'
import { names, type Naming } from './redact.ts'

/**
 * Takes the words, addresses and IPs of a person out of the journal: of facts by them, about them, on their own tickets, or that name them.
 * The facts stay, with ids only, and the chain still verifies: it was sealed over the hash of the words. Answers how many.
 */
export async function forgetDetails(
  ctx: Writing,
  { person_ids, ticket_ids, naming }: { person_ids: readonly string[]; ticket_ids: readonly string[]; naming: Naming },
): Promise<number> {
  const { rows } = await sql`delete from journal_details d using facts f
    where f.id = d.fact_id and (f.actor_id = any (${[...person_ids]}::uuid[]) or f.about ->> 'person_id' = any (${[...person_ids]}::text[])
      or f.ticket_id = any (${ticket_ids}::uuid[]) or ${names(sql`d.details::text`, naming)})
    returning d.fact_id`.execute(ctx.tx)
  return rows.length
}
