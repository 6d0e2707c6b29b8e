/** For beats.test.ts only: a worker as a process of its own, on the test's database, that dies in its first job. */
import pg from 'pg'
import { readSettings } from '../../settings.ts'
import { openDatabase } from '../platform/database.ts'
import { openFiles } from '../platform/files.ts'
import { openLog } from '../platform/log.ts'
import { noDns } from '../platform/dns.ts'
import { noLive } from '../platform/live.ts'
import { openSecrets } from '../platform/secrets.ts'
import { startBeats, startWorker } from './index.ts'

const { socket, port, database, silent_seconds } = JSON.parse(process.env['TEST_DATABASE'] ?? '{}') as Record<
  string,
  string
>
const { settings, sources } = readSettings()
const pool = (user: string) => {
  const made = new pg.Pool({ host: socket, port: Number(port), user, database, max: 4 })
  made.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined))
  return made
}
const [web_pool, worker_pool] = [pool('pandu_web'), pool('pandu_worker')]
const app = {
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
  dns: noDns,
  available: () => true,
  poke: () => undefined,
}
startBeats(app, { worker: await startWorker(app) }, Number(silent_seconds))
