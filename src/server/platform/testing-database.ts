import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { openLog } from './log.ts'
import { migrate } from './migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres_socket: string
    postgres_port: number
  }
}

/**
 * One real PostgreSQL for the whole run, in a temp folder of its own, with a migrated template that every test file clones.
 * PANDU_TEST_POSTGRES names another binaries package, so that the same tests run on an older PostgreSQL.
 */
export default async function setup(project: TestProject) {
  const data = mkdtempSync(join(tmpdir(), 'pandu-test-'))
  const binaries = process.env['PANDU_TEST_POSTGRES']
  const postgres = await startEmbeddedPostgres({
    data,
    log: openLog({ PANDU_LOG: 'error' }),
    ...(binaries ? { binaries } : {}),
  })
  const client = new pg.Client(postgres.connection('owner'))
  await client.connect()
  await migrate(client)
  await client.end()
  const worker = new pg.Pool(postgres.connection('worker'))
  worker.on('error', () => undefined)
  worker.on('connect', (connection) => connection.on('error', () => undefined))
  await runMigrations({ pgPool: worker })
  await worker.end()
  const superuser = postgres.superuser()
  project.provide('postgres_socket', String(superuser.host))
  project.provide('postgres_port', Number(superuser.port ?? 5432))
  return async () => {
    await postgres.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
