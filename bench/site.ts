/** What the measured pages are asked with: a signed-in browser, and an app of our own beside the running Pandu for pure reads. */
import { openDatabase, openPool } from '../src/server/platform/database.ts'
import { openFiles } from '../src/server/platform/files.ts'
import { noDns } from '../src/server/platform/dns.ts'
import { noLive } from '../src/server/platform/live.ts'
import { openLog } from '../src/server/platform/log.ts'
import { reachRunningPostgres } from '../src/server/platform/postgres/reach-running.ts'
import { openSecrets } from '../src/server/platform/secrets.ts'
import { noSights } from '../src/server/platform/sights.ts'
import type { App } from '../src/server/platform/app.ts'
import { readSettings } from '../src/settings.ts'
import { startPandu, type RunningPandu } from '../tests/e2e/start-pandu.ts'
import { Connection } from './load.ts'

/** As `npm start` starts it, on the given data folder. Behind a pretended proxy, so that each asker can be somebody else. */
export const startMeasured = (data: string, env: Record<string, string> = {}): Promise<RunningPandu> =>
  startPandu({
    data,
    env: { PANDU_LOG: 'error', PANDU_TRUSTED_PROXIES: '127.0.0.1', NODE_OPTIONS: '--max-old-space-size=512', ...env },
  })

/** Signs in through the form; answers the cookie header. */
export async function signIn(pandu: RunningPandu, account: { email: string; password: string }): Promise<string> {
  const connection = new Connection(pandu.port)
  const answer = await connection.ask(
    'POST',
    '/sign-in',
    { origin: pandu.origin, 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams(account).toString(),
  )
  connection.close()
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`)
  return answer.cookies.join('; ')
}

/** Pools of our own on the running Pandu's PostgreSQL. */
export async function withRunningApp<T>(data: string, work: (app: App) => Promise<T>): Promise<T> {
  const read = readSettings({ PANDU_DATA: data, PANDU_LOG: 'error' })
  const log = openLog(read.settings)
  const access = await reachRunningPostgres(data)
  const web_pool = openPool(access.connection('web'), { max: 8, log, name: 'bench' })
  const worker_pool = openPool(access.connection('worker'), { max: 8, log, name: 'bench', keeps_plans: true })
  try {
    return await work({
      ...read,
      log,
      web_pool,
      worker_pool,
      web: openDatabase(web_pool),
      worker: openDatabase(worker_pool),
      files: openFiles(data),
      secrets: openSecrets(read.settings),
      live: noLive,
      sights: noSights,
      dns: noDns,
      available: () => true,
      poke: () => undefined,
    })
  } finally {
    await Promise.all([web_pool.end(), worker_pool.end()])
  }
}
