import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { names, withoutNaming, type Naming } from '../platform/redact.ts'

/** Why somebody is held or restricted, and why no longer, in the words of whoever decided. */
export const standingWords = {
  legal_holds: ['reason', 'lift_reason'],
  restrictions: ['reason', 'lift_reason'],
} as const
const REASON_LENGTH_MAX = 2000

/** Blots somebody out of reasons that were written about others; `only` of what stands with one person. */
export async function blotStandings(
  ctx: Writing,
  naming: Naming,
  only?: { table: keyof typeof standingWords; person_id: string },
): Promise<void> {
  if (naming.anyhow === null && naming.as_name === null) return
  for (const [table, columns] of Object.entries(standingWords)) {
    if (only && only.table !== table) continue
    const where = only ? sql`and person_id = ${only.person_id}::uuid` : sql``
    for (const column of columns)
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = left(${withoutNaming(sql.ref(column), naming)}, ${REASON_LENGTH_MAX}::int)
        where ${names(sql.ref(column), naming)} ${where}`.execute(ctx.tx)
  }
}
