import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { fault } from './fault.ts'

export class MigrationFault extends Error {}

export interface Migration {
  number: number
  name: string
  text: string
  checksum: string
}

const FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url))
// Any number, but the same for every Pandu: two that start at once take turns.
const ADVISORY_LOCK = 7_263_825

/** All migrations in the order of their numbers. Throws {@link MigrationFault} on a gap or a doubled number. */
export function listMigrations(folder = FOLDER): Migration[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  return files.map((name, index) => {
    const number = Number(/^(\d{4})_/.exec(name)?.[1])
    if (number !== index + 1) throw new MigrationFault(`migrations/${name} should have the number ${index + 1}`)
    const text = readFileSync(`${folder}/${name}`, 'utf8')
    return { number, name, text, checksum: createHash('sha256').update(text).digest('hex') }
  })
}

/**
 * Brings the database to the newest migration: each file in a transaction of its own, its row written first, so that a rival
 * collides early. A file that begins with `-- no transaction` runs outside one and holds exactly one statement.
 * Refuses (MigrationFault) when an old file was changed, or when the database is newer than this Pandu.
 * @returns how many were applied
 */
export async function migrate(client: pg.Client, migrations = listMigrations()): Promise<number> {
  await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
  try {
    await client.query(`create table if not exists migrations (
      number int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`)
    // Whoever asks whether this installation is ready asks for the newest one.
    await client.query('grant select on migrations to pandu_worker')
    const { rows } = await client.query<{ number: number; name: string; checksum: string }>(
      'select number, name, checksum from migrations order by number',
    )
    refuseForeignHistory(rows, migrations)
    const missing = migrations.slice(rows.length)
    for (const migration of missing) await apply(client, migration)
    return missing.length
  } finally {
    await client.query('select pg_advisory_unlock($1)', [ADVISORY_LOCK])
  }
}

function refuseForeignHistory(applied: { number: number; name: string; checksum: string }[], known: Migration[]) {
  const newest = applied.at(-1)
  if (newest && newest.number > known.length)
    throw new MigrationFault(
      `the database is of a newer Pandu (migration ${newest.number}; this one knows ${known.length}). Nothing was changed. Start the newer version, or restore a backup made by this one`,
    )
  const changed = applied.find((row, index) => row.checksum !== known[index]?.checksum)
  if (changed)
    throw new MigrationFault(
      `migrations/${changed.name} was changed after it had been applied. Nothing was changed. Restore the file as it was and put the change into a new migration`,
    )
}

async function apply(client: pg.Client, migration: Migration) {
  const remember = () =>
    client.query('insert into migrations (number, name, checksum) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ])
  if (migration.text.startsWith('-- no transaction')) {
    await client.query(migration.text)
    await remember()
    return
  }
  await client.query('begin')
  try {
    await remember()
    await client.query(migration.text)
    fault('migrate.before_commit')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new MigrationFault(`migrations/${migration.name} failed and was rolled back: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
