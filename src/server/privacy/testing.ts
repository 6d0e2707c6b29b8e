/** For tests only: looks for words in everything that is kept. Not exported by index.ts. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

/** Every place (`schema.table.column`, `file …`) in which one of the words stands, in any case, as text, as bytes or inside JSON. */
export async function findEverywhere(
  superuser: pg.ClientBase,
  data: string,
  words: readonly string[],
): Promise<{ places: string[]; columns: number; files: number }> {
  const { rows: columns } = await superuser.query<{ table: string; name: string; kind: string }>(`
    select format('%I.%I', n.nspname, c.relname) as table, quote_ident(a.attname) as name, t.typname as kind
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'm') and a.attnum > 0 and not a.attisdropped
    order by 1, a.attnum`)
  const places: string[] = []
  for (const { table, name, kind } of columns) {
    const text = kind === 'bytea' ? `encode(${name}, 'escape')` : `${name}::text`
    const { rows } = await superuser.query<{ hits: number }>(
      `select count(*)::int as hits from ${table} where exists (select from unnest($1::text[]) w where strpos(lower(${text}), lower(w)) > 0)`,
      [words],
    )
    if (rows[0]!.hits > 0) places.push(`${table}.${name}`)
  }
  const files = filesUnder(data)
  for (const path of files) {
    const content = readFileSync(path, 'latin1').toLowerCase()
    if (words.some((word) => content.includes(word.toLowerCase()))) places.push(`file ${path.slice(data.length)}`)
  }
  return { places, columns: columns.length, files: files.length }
}

const filesUnder = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : [path]
  })
