/**
 * For tests only. `useDatabase()` gives a test file a database of its own, cloned from the migrated template; `story()` runs one test
 * in a transaction that is rolled back, connected so that row-level security is met as in production.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql, type Kysely, type Transaction } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { readSettings } from '../../settings.ts'
import type { App } from './app.ts'
import { identify, system, type Actor, type Writing } from './context.ts'
import { openDatabase, openPool } from './database.ts'
import { newId } from './ids.ts'
import { openLog } from './log.ts'
import type { DB } from './tables.ts'
import { makeTestApp } from './testing-app.ts'

class RollBack extends Error {}

export interface Story {
  app: App
  /**
   * As somebody: row-level security holds from here until the next `as`. Builders set the scene as `system` (the worker's role).
   * One transaction, one role at a time: take a fresh ctx with every change of actor.
   */
  as(actor: Actor, now?: Date): Promise<Writing>
  /** What the journal says happened to a ticket, oldest first. */
  facts(ticket_id?: string): Promise<string[]>
}

export interface TestDatabase {
  /** The app with real pools on this file's database, for tests that must commit. */
  app(): App
  story(tell: (story: Story) => Promise<void>): () => Promise<void>
}

/** Call once at the top of a test file. */
export function useDatabase(given: Partial<Record<string, string>> = {}): TestDatabase {
  const name = `test_${newId().replaceAll('-', '')}`
  let app: App
  let superuser: pg.Pool
  let testers: Kysely<DB>
  const data = mkdtempSync(join(tmpdir(), 'pandu-data-'))

  beforeAll(async () => {
    const base = { host: inject('postgres_socket'), port: inject('postgres_port') }
    const admin = new pg.Client({ ...base, user: 'postgres', database: 'postgres' })
    await admin.connect()
    await cloneTemplate(admin, name)
    await admin.end()
    const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_LOG: 'silent', ...given })
    superuser = new pg.Pool({ ...base, user: 'postgres', database: name, max: 4 })
    superuser.on('error', () => undefined)
    testers = openDatabase(superuser)
    // As the program opens them: what is asked at once goes off at once, and plans are kept.
    const log = openLog(settings)
    const web_pool = openPool({ ...base, user: 'pandu_web', database: name }, { max: 8, log, name: 'web' })
    const worker_pool = openPool(
      { ...base, user: 'pandu_worker', database: name },
      { max: 8, log, name: 'worker', keeps_plans: true },
    )
    app = makeTestApp(settings, sources, web_pool, worker_pool)
  })
  afterAll(async () => {
    await Promise.all([app.web.destroy(), app.worker.destroy(), testers.destroy()])
    const admin = new pg.Client({
      host: inject('postgres_socket'),
      port: inject('postgres_port'),
      user: 'postgres',
      database: 'postgres',
    })
    await admin.connect()
    await admin.query(`drop database if exists ${name} with (force)`)
    await admin.end()
    rmSync(data, { recursive: true, force: true })
  })
  return {
    app: () => app,
    story: (tell) => async () => {
      try {
        await testers.transaction().execute(async (tx) => {
          await tell(await openStory(app, tx))
          throw new RollBack()
        })
      } catch (error) {
        if (!(error instanceof RollBack)) throw error
      }
    },
  }
}

async function openStory(app: App, tx: Transaction<DB>): Promise<Story> {
  const become = async (actor: Actor, now?: Date): Promise<Writing> => {
    await sql`set local role ${sql.raw(actor.kind === 'system' ? 'pandu_worker' : 'pandu_web')}`.execute(tx)
    const at = await identify(tx, actor)
    return { app, db: tx, tx, actor, now: now ?? at, afterCommit: () => undefined }
  }
  return {
    app,
    as: become,
    async facts(ticket_id) {
      await become(system)
      const rows = await tx
        .selectFrom('facts')
        .select('kind')
        .$if(ticket_id !== undefined, (query) => query.where('ticket_id', '=', ticket_id!))
        .orderBy('id')
        .execute()
      return rows.map((row) => row.kind)
    },
  }
}

/** `create database … template` needs the template without visitors: two files that clone at once take turns. */
async function cloneTemplate(admin: pg.Client, name: string) {
  await admin.query('select pg_advisory_lock(771)')
  try {
    await admin.query(`create database ${name} template pandu owner pandu_owner strategy ${inject('copy_by')}`)
    await admin.query(`grant connect on database ${name} to pandu_web, pandu_worker`)
    await admin.query(`grant create on database ${name} to pandu_worker`)
  } finally {
    await admin.query('select pg_advisory_unlock(771)')
  }
}
