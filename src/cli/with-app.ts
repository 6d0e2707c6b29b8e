import pg from 'pg'
import { runMigrations } from 'graphile-worker'
import type { App } from '../server/platform/app.ts'
import { openDatabase, openPool } from '../server/platform/database.ts'
import { openFiles } from '../server/platform/files.ts'
import { migrate } from '../server/platform/migrate.ts'
import { openDns } from '../server/platform/dns.ts'
import { noLive } from '../server/platform/live.ts'
import { openSecrets } from '../server/platform/secrets.ts'
import { noSights } from '../server/platform/sights.ts'
import { withAccess } from './with-access.ts'
import type { Call } from './verb.ts'

/** The app for a verb: the same pools and files as the server's, without anything that listens or runs by itself. */
export async function withApp<T>(call: Call, work: (app: App) => Promise<T>): Promise<T> {
  const { settings, sources, log } = call
  return withAccess(call, async (access) => {
    const owner = new pg.Client(access.connection('owner'))
    await owner.connect()
    // An open connection would keep the process alive after its one line of error.
    try {
      await migrate(owner)
    } finally {
      await owner.end()
    }
    const web_pool = openPool(access.connection('web'), { max: 2, log, name: 'verb' })
    const worker_pool = openPool(access.connection('worker'), { max: 4, log, name: 'verb' })
    await runMigrations({ pgPool: worker_pool })
    try {
      return await work({
        settings,
        sources,
        log,
        web_pool,
        worker_pool,
        web: openDatabase(web_pool),
        worker: openDatabase(worker_pool),
        files: openFiles(settings.PANDU_DATA),
        secrets: openSecrets(settings),
        live: noLive,
        sights: noSights,
        dns: openDns(settings.PANDU_DNS),
        available: () => true,
        poke: () => undefined,
      })
    } finally {
      await Promise.all([web_pool.end(), worker_pool.end()])
    }
  })
}
