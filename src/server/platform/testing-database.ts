import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { putMadeCluster } from '../../../tests/e2e/prepared-cluster.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { openLog } from './log.ts'
import { migrate } from './migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres_socket: string
    postgres_port: number
    copy_by: 'file_copy' | 'wal_log'
  }
}

const IN_MEMORY = '/dev/shm'
const ROOM_BYTES_MIN = 2 * 1024 ** 3

/** In memory where there is room: what a commit survives is asked of clusters that are killed, and those lie on a disk. */
function hasMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    return bavail * bsize > ROOM_BYTES_MIN
  } catch {
    return false
  }
}

/**
 * One real PostgreSQL for the whole run, in a temp folder of its own, with a migrated template that every test file clones.
 * PANDU_TEST_POSTGRES names another binaries package, so that the same tests run on an older PostgreSQL.
 */
export default async function setup(project: TestProject) {
  const in_memory = hasMemory()
  const data = mkdtempSync(join(in_memory ? IN_MEMORY : tmpdir(), 'pandu-test-'))
  const binaries = process.env['PANDU_TEST_POSTGRES']
  if (!binaries) await putMadeCluster(data)
  const postgres = await startEmbeddedPostgres({
    data,
    log: openLog({ PANDU_LOG: 'error' }),
    // Every test file gets a copy of the template, and on a disk a copy goes through the WAL: packing it took most of the time.
    settings: { wal_compression: 'off', max_wal_size: '256MB' },
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
  // In memory copying the files costs a third of what the WAL would; on a disk each file would be flushed.
  project.provide('copy_by', in_memory ? 'file_copy' : 'wal_log')
  return async () => {
    await postgres.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
