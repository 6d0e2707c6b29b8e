import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { names, withoutNaming, type Naming } from '../platform/redact.ts'

/** Where the secretariat writes what it likes outside tickets, and how long it may be; reasons of holds are people/blot-standings.ts. */
export const wordsOutside = {
  incidents: { which_data: 5000, how: 5000, handling: 5000, closing_words: 5000 },
  data_requests: { words: 5000, reason: 2000 },
  erasures: { reason: 2000 },
  unlisted_restores: { reason: 2000 },
} as const

/**
 * Blots somebody out of words that were written about others, outside tickets.
 * @param only of one incident, or of what stands with one person
 */
export async function blotOutside(ctx: Writing, naming: Naming, only?: { table: string; id: string }): Promise<void> {
  if (naming.anyhow === null && naming.as_name === null) return
  for (const [table, columns] of Object.entries(wordsOutside)) {
    if (only && only.table !== table) continue
    const where = only ? sql`and ${sql.ref(table === 'incidents' ? 'id' : 'person_id')} = ${only.id}::uuid` : sql``
    for (const [column, length_max] of Object.entries(columns))
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = left(${withoutNaming(sql.ref(column), naming)}, ${length_max}::int)
        where ${names(sql.ref(column), naming)} ${where}`.execute(ctx.tx)
  }
}
