import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** Raw bytes and files of mails that wait are named without a foreign key. */
export async function namedWithoutKey(ctx: Writing, sha256s: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`select i.sha256 from intake_items i
      where i.in_blob and i.sha256 = any (${[...sha256s]}::text[])
    union select f ->> 'sha256' from outbox o cross join lateral jsonb_array_elements(o.attachments) f
      where o.attachments <> '[]' and f ->> 'sha256' = any (${[...sha256s]}::text[])`.execute(ctx.tx)
  return rows.map(({ sha256 }) => sha256)
}
