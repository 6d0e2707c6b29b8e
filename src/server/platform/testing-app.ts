/** For tests only: the app over pools that a test has opened, also in the processes of their own that tests kill. Knows nothing of Vitest. */
import type pg from 'pg'
import { readSettings, type Settings } from '../../settings.ts'
import type { App } from './app.ts'
import { openDatabase, openPool } from './database.ts'
import { noDns } from './dns.ts'
import { openFiles } from './files.ts'
import { noLive } from './live.ts'
import { openLog } from './log.ts'
import { openSecrets } from './secrets.ts'
import { noSights } from './sights.ts'

export function makeTestApp(settings: Settings, sources: App['sources'], web_pool: pg.Pool, worker_pool: pg.Pool): App {
  return {
    settings,
    sources,
    log: openLog(settings),
    web: openDatabase(web_pool),
    worker: openDatabase(worker_pool),
    web_pool,
    worker_pool,
    files: openFiles(settings.PANDU_DATA),
    secrets: openSecrets(settings),
    live: noLive,
    sights: noSights,
    dns: noDns,
    available: () => true,
    poke: () => undefined,
  }
}

/** In a process of its own: the app on the database that TEST_DATABASE names (`{"socket","port","database"}`), and what else stands there. */
export function openChildApp(): { app: App; given: Record<string, string> } {
  const given = JSON.parse(process.env['TEST_DATABASE'] ?? '{}') as Record<string, string>
  const { settings, sources } = readSettings()
  const log = openLog(settings)
  const pool = (role: 'web' | 'worker') => {
    const { socket, port, database } = given
    // As the program opens its own: what is proved by killing must be what runs.
    return openPool(
      {
        ...(socket === undefined ? {} : { host: socket }),
        port: Number(port),
        user: `pandu_${role}`,
        ...(database === undefined ? {} : { database }),
      },
      { max: 4, log, name: role, keeps_plans: role === 'worker' },
    )
  }
  return { app: makeTestApp(settings, sources, pool('web'), pool('worker')), given }
}
