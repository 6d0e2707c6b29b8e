import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** The bytes of an item as they came go, because a file in it has been removed; its words stay. Answers the blobs that it named. */
export async function dropRaw(ctx: Writing, item_id: string): Promise<string[]> {
  const { rows } = await sql<{
    sha256: string
  }>`update intake_items set raw = null, in_blob = false where id = ${item_id}::uuid
    returning sha256`.execute(ctx.tx)
  return rows.map(({ sha256 }) => sha256)
}
