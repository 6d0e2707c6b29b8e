/** For tests only: looks for words in everything that is kept, and opens what was handed over. Not exported by index.ts. */
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

/** The entries of a ZIP file as anybody's program finds them: by its directory, each with its bytes. Ours are stored, not packed. */
export function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const entries = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [size, name_length, extra, comment] = [
      zip.readUInt32LE(at + 24),
      ...[28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)),
    ] as [number, number, number, number]
    const offset = zip.readUInt32LE(at + 42)
    const begin = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28)
    entries.set(zip.toString('utf8', at + 46, at + 46 + name_length), zip.subarray(begin, begin + size))
    at += 46 + name_length + extra + comment
  }
  return entries
}
