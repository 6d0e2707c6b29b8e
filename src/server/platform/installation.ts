import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Reading } from './context.ts'
import { listMigrations } from './migrate.ts'

export interface Installation {
  version: string
  node: string
  database: { kind: 'embedded' | 'outside'; version: string; bytes: number }
  /** The newest migration; the start brings the database to it or does not go on. */
  migration: { number: number; name: string }
  data: { folder: string; free_bytes: number; total_bytes: number }
}

const manifest = new URL('../../../package.json', import.meta.url)

/** What runs here, on which database, and how much room is left. Who may see it is decided at the edge. */
export async function seeInstallation(ctx: Reading): Promise<Installation> {
  const { settings } = ctx.app
  const { rows } = await sql<{ version: string; bytes: string }>`select current_setting('server_version') as version,
    pg_database_size(current_database())::text as bytes`.execute(ctx.db)
  const disk = await statfs(settings.PANDU_DATA)
  const { number, name } = listMigrations().at(-1)!
  return {
    version: (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version,
    node: process.versions.node,
    database: {
      kind: settings.DATABASE_URL ? 'outside' : 'embedded',
      version: rows[0]!.version,
      bytes: Number(rows[0]!.bytes),
    },
    migration: { number, name },
    data: {
      folder: settings.PANDU_DATA,
      free_bytes: disk.bavail * disk.bsize,
      total_bytes: disk.blocks * disk.bsize,
    },
  }
}
