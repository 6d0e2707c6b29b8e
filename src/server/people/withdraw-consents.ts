import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'

/** Whoever agreed takes it back, for all purposes or one. Answers how many were in force. Records `consent.withdrawn` when there were any. */
export async function withdrawConsents(
  ctx: Writing,
  { person_id, purpose }: { person_id: string; purpose?: string | undefined },
): Promise<number> {
  const { rows } = await sql`update consents set withdrawn_at = ${ctx.now}::timestamptz
    where person_id = ${person_id}::uuid and withdrawn_at is null and (${purpose ?? null}::text is null or purpose = ${purpose ?? null}::text)
    returning id`.execute(ctx.tx)
  if (rows.length > 0)
    await record(ctx, 'consent.withdrawn', { about: { person_id, purpose: purpose ?? null, count: rows.length } })
  return rows.length
}
