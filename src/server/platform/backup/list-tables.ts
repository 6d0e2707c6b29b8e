import type { ClientBase } from 'pg'

export interface BackedUpTable {
  /** With its schema, quoted where it must be. */
  name: string
  columns: string[]
}

/**
 * Every table of ours (what is unlogged, and so forgotten by a crash, is left out), those that others refer to first, so that rows can come
 * in that order. `migrations` is not among them: it says
 * what the schema is. Throws when two tables refer to each other in a circle.
 */
export async function listTables(client: ClientBase): Promise<BackedUpTable[]> {
  const { rows } = await client.query<BackedUpTable & { needs: string[] }>(`
    select format('%I.%I', n.nspname, c.relname) as name,
      array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              and a.attgenerated = '' order by a.attnum) as columns,
      array(select distinct format('%I.%I', rn.nspname, r.relname) from pg_constraint f join pg_class r on r.oid = f.confrelid
              join pg_namespace rn on rn.oid = r.relnamespace
             where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as needs
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
      and (n.nspname, c.relname) <> ('public', 'migrations')
    order by 1`)
  const sorted: BackedUpTable[] = []
  const done = new Set<string>()
  while (sorted.length < rows.length) {
    const next = rows.filter((row) => !done.has(row.name) && row.needs.every((name) => done.has(name)))
    if (next.length === 0) throw new Error('tables refer to each other in a circle; a backup could not be restored')
    for (const { name, columns } of next) {
      done.add(name)
      sorted.push({ name, columns })
    }
  }
  return sorted
}

export interface SequenceValue {
  name: string
  value: string
  used: boolean
}

export async function listSequences(client: ClientBase): Promise<SequenceValue[]> {
  const { rows: names } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'auth') and c.relkind = 'S' order by 1`,
  )
  if (names.length === 0) return []
  const { rows } = await client.query<SequenceValue>(
    names
      .map(
        ({ name }) =>
          `select '${name.replaceAll("'", "''")}' as name, last_value::text as value, is_called as used from ${name}`,
      )
      .join(' union all '),
  )
  return rows
}
