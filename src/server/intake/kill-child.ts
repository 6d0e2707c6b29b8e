/** For tests only: a way in (the mail listener, or with the word `mailbox` the mailbox) as a process of its own, on the test's database, that can be killed. */
import pg from 'pg'
import { openDatabase } from '../platform/database.ts'
import { openFiles } from '../platform/files.ts'
import { openLog } from '../platform/log.ts'
import { noDns } from '../platform/dns.ts'
import { noLive } from '../platform/live.ts'
import { openSecrets } from '../platform/secrets.ts'
import { readSettings } from '../../settings.ts'
import type { App } from '../platform/app.ts'
import { startMailListener } from './mail-listener.ts'
import { watchMailbox } from './watch-mailbox.ts'

const { socket, port, database } = JSON.parse(process.env['TEST_DATABASE'] ?? '{}') as Record<string, string>
const { settings, sources } = readSettings()
const pool = (user: string) => new pg.Pool({ host: socket, port: Number(port), user, database, max: 4 })
const [web_pool, worker_pool] = [pool('pandu_web'), pool('pandu_worker')]
const app: App = {
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
if (process.argv[2] === 'mailbox') {
  watchMailbox(app)
  process.stdout.write('0\n')
} else {
  const { port: smtp } = await startMailListener(app)
  process.stdout.write(`${smtp}\n`)
}
