import { sql } from 'kysely'
import type { App } from './app.ts'
import type { Writing } from './context.ts'

/**
 * Takes away the rows of blobs that no row names any more, whatever table it stands in: the catalogue says which tables refer to blobs.
 * Answers those whose bytes may now go; call {@link removeBlobs} with them after the commit.
 * @param still_named those that rows name without a foreign key
 */
export async function dropBlobs(
  ctx: Writing,
  sha256s: readonly string[],
  still_named: readonly string[] = [],
): Promise<string[]> {
  const wanted = [...new Set(sha256s)].filter((one) => !still_named.includes(one))
  if (wanted.length === 0) return []
  const { rows: referring } = await sql<{ table: string; column: string }>`
    select format('%I.%I', n.nspname, c.relname) as table, quote_ident(a.attname) as column
    from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
    where f.contype = 'f' and f.confrelid = 'blobs'::regclass and f.conparentid = 0 order by 1, 2`.execute(ctx.tx)
  const named = referring.map(
    ({ table, column }) => sql`and not exists (select from ${sql.raw(table)} r where r.${sql.raw(column)} = b.sha256)`,
  )
  const { rows } = await sql<{ sha256: string }>`delete from blobs b
    where b.sha256 = any (${wanted}::text[]) ${sql.join(named, sql` `)} returning b.sha256`.execute(ctx.tx)
  return rows.map(({ sha256 }) => sha256)
}

/** The bytes themselves. Whoever keeps the same content at this moment keeps it; what a crash leaves behind the sweep of blobs takes. */
export async function removeBlobs(app: App, sha256s: readonly string[]): Promise<void> {
  const moment = new Date()
  for (const sha256 of sha256s) await app.files.removeKeptBefore(sha256, moment)
}
