/**
 * npm run tables: writes src/server/platform/tables.ts from the migrations, on a PostgreSQL of its own. With --verify it only says
 * whether the file is what the migrations make (npm test does).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/server/platform/embedded-postgres.ts'
import { openLog } from '../src/server/platform/log.ts'
import { migrate } from '../src/server/platform/migrate.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-tables-'))
const postgres = await startEmbeddedPostgres({ data, log: openLog({ PANDU_LOG: 'error' }) })
try {
  const owner = postgres.connection('owner')
  const client = new pg.Client(owner)
  await client.connect()
  await migrate(client)
  await client.end()
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/kysely-codegen/dist/cli/bin.js',
      '--dialect',
      'postgres',
      '--url',
      `postgres://pandu_owner@localhost/pandu?host=${encodeURIComponent(String(owner.host))}`,
      '--default-schema',
      'public',
      '--include-pattern',
      'public.*',
      '--exclude-pattern',
      'public.migrations',
      '--type-mapping',
      '{"int8":"number","date":"string"}',
      '--out-file',
      'src/server/platform/tables.ts',
      '--log-level',
      'warn',
      ...(process.argv.includes('--verify') ? ['--verify'] : []),
    ],
    { stdio: 'inherit' },
  )
  process.exitCode = status ?? 1
} finally {
  await postgres.stop()
  rmSync(data, { recursive: true, force: true })
}
