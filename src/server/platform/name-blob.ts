import { sql } from 'kysely'
import type { Writing } from './context.ts'

/**
 * Gives bytes that were kept before (app.files.keep) their row, so that other rows may name them. Equal content has one row: answers the
 * type that it has now, which may be another one that somebody gave it earlier.
 */
export async function nameBlob(ctx: Writing, blob: { sha256: string; size: number; type: string }): Promise<string> {
  await sql`insert into blobs (sha256, size, type) values (${blob.sha256}, ${blob.size}::bigint, ${blob.type}) on conflict do nothing`.execute(
    ctx.tx,
  )
  const { type } = await ctx.db
    .selectFrom('blobs')
    .select('type')
    .where('sha256', '=', blob.sha256)
    .executeTakeFirstOrThrow()
  return type
}
