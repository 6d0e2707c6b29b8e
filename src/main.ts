/**
 * The composition root: database → migrations → app → relay, worker, intake, sender, mail listener → HTTP. It stops in reverse.
 * Nothing else in the program starts or stops anything.
 */
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { listenHttp } from './http.ts'
import { openFiles } from './server/platform/files.ts'
import { openDatabase, openPool, type DroppablePool } from './server/platform/database.ts'
import { startEmbeddedPostgres, type DatabaseAccess } from './server/platform/embedded-postgres.ts'
import { openExternalPostgres } from './server/platform/external-postgres.ts'
import { migrate } from './server/platform/migrate.ts'
import { openSecrets } from './server/platform/secrets.ts'
import { openDns } from './server/platform/dns.ts'
import { noLive, openLive } from './server/platform/live.ts'
import { startRelay } from './server/platform/relay.ts'
import type { Rounds } from './server/platform/rounds.ts'
import { noSights, openSights } from './server/platform/sights.ts'
import { watchDatabase } from './server/platform/watch-database.ts'
import type { App, TakenInBy } from './server/platform/app.ts'
import type { Log } from './server/platform/log.ts'
import { prepare } from './server/desks/index.ts'
import { startSender, startTextSender, watchTelegram } from './server/channels/index.ts'
import {
  startCallIntake,
  startIntake,
  startLmtpListener,
  startMailListener,
  startTexts,
  watchMailbox,
} from './server/intake/index.ts'
import { announceTickets } from './server/tickets/index.ts'
import { eraseAgain, startBeats, startWorker } from './server/worker/index.ts'
import type { LocalParts } from './server/reports/index.ts'
import { newId } from './server/platform/ids.ts'
import type { Settings, SettingName, SettingSource } from './settings.ts'

/** Mail is taken on connections that nobody else uses: however long pages and jobs wait for each other's locks, a mail gets its answer. */
const MAIL_CONNECTIONS_MAX = 8

export type Part = 'start' | 'web' | 'worker'

export interface Pandu {
  app: App
  /** Where it listens, or null for a worker. */
  http_port: number | null
  smtp_port: number | null
  stop(): Promise<void>
}

interface Given {
  part: Part
  settings: Settings
  sources: Record<SettingName, SettingSource>
  log: Log
  /** Answers pages; the built ones, or the development server's. */
  pages: () => Promise<PageHandler>
  /** PostgreSQL is gone for good: the process should end. */
  onGivenUp(reason: string): void
}
export type PageHandler = (
  request: import('node:http').IncomingMessage,
  response: import('node:http').ServerResponse,
) => void

/** Starts the parts of one process. Throws with one clear line where it cannot; whatever was started by then is stopped. */
export async function startPandu(given: Given): Promise<Pandu> {
  const { settings, part } = given
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const access = await openAccess(given, stops)
    await bringUpToDate(access)
    const { app, mail_pool } = await openApp(given, access, stops)
    await prepare(app)
    // A database that was put back, by whatever means, still knows whom it should not: before anybody can ask it.
    const erased = await eraseAgain(app)
    if (erased > 0)
      app.log.warn({ people: erased }, 'people who had been erased stood in this database and were erased again')

    const after_commit: (() => void)[] = []
    const intakes: Partial<Record<TakenInBy, Rounds>> = {}
    app.poke = (intake_of) => {
      if (intake_of) intakes[intake_of]?.poke()
      else for (const poke of after_commit) poke()
    }
    const local: LocalParts = {}
    if (part !== 'web') {
      const relay = startRelay(app, announceTickets)
      stops.push(() => relay.stop())
      after_commit.push(() => relay.poke())
      const worker = await startWorker(app)
      stops.push(() => worker.stop())
      const sender = startSender(app)
      stops.push(() => sender.stop())
      after_commit.push(() => sender.poke())
      const texts = startTextSender(app)
      stops.push(() => texts.stop())
      after_commit.push(() => texts.poke())
      const intake = startIntake(app)
      stops.push(() => intake.stop())
      intakes.email = intake
      const text_intake = startTexts(app)
      stops.push(() => text_intake.stop())
      Object.assign(intakes, text_intake.of)
      const calls = startCallIntake(app)
      stops.push(() => calls.stop())
      intakes.phone = calls
      const mailbox = watchMailbox(app)
      if (mailbox) stops.push(() => mailbox.stop())
      const telegram = watchTelegram(app)
      if (telegram) stops.push(() => telegram.stop())
      Object.assign(local, { relay, worker, intake })
      const id = newId()
      const beats = startBeats(app, {
        relay: { id: () => id, alive: relay.alive },
        worker,
        intake: { id: () => id, alive: () => intake.alive() && text_intake.alive() },
      })
      stops.push(() => beats.stop())
    }
    let smtp_port: number | null = null
    let http_port: number | null = null
    if (part !== 'worker') {
      // Both ways in are closed at once, so that neither waits for the other's slowest client.
      const doors: (() => Promise<void>)[] = []
      stops.push(async () => void (await Promise.all(doors.map((close) => close()))))
      const mail_app = { ...app, worker_pool: mail_pool, worker: openDatabase(mail_pool) }
      if (settings.PANDU_SMTP_PORT !== 0) {
        const mail = await startMailListener(mail_app)
        doors.push(() => mail.stop())
        smtp_port = mail.port
      }
      if (settings.PANDU_LMTP_PORT !== 0) {
        const mail = await startLmtpListener(mail_app)
        doors.push(() => mail.stop())
      }
      ;(globalThis as { pandu?: App }).pandu = app
      const http = await listenHttp(app, await given.pages(), local)
      doors.push(() => http.stop())
      // The answers to open desks never end by themselves, and the server waits for every answer.
      doors.push(() => app.live.stop())
      http_port = http.port
    }
    return { app, http_port, smtp_port, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openAccess(
  { settings, log, part, onGivenUp }: Given,
  stops: (() => Promise<void>)[],
): Promise<DatabaseAccess> {
  if (settings.DATABASE_URL) return openExternalPostgres(settings, log)
  const postgres = await startEmbeddedPostgres({ data: settings.PANDU_DATA, log, holder: `pandu ${part}` })
  stops.push(() => postgres.stop())
  postgres.onGivenUp(onGivenUp)
  return postgres
}

async function bringUpToDate(access: DatabaseAccess) {
  const owner = new pg.Client(access.connection('owner'))
  await owner.connect()
  try {
    await migrate(owner)
  } finally {
    await owner.end()
  }
}

async function openApp(
  given: Given,
  access: DatabaseAccess,
  stops: (() => Promise<void>)[],
): Promise<{ app: App; mail_pool: DroppablePool }> {
  const { settings, sources, log, part } = given
  const web_pool = openPool(access.connection('web'), { max: 16, log, name: 'web' })
  const worker_pool = openPool(access.connection('worker'), { max: 16, log, name: 'worker', keeps_plans: true })
  const mail_pool = openPool(access.connection('worker'), {
    max: MAIL_CONNECTIONS_MAX,
    log,
    name: 'mail',
    keeps_plans: true,
  })
  const pools = [web_pool, worker_pool, mail_pool]
  stops.push(async () => void (await Promise.all(pools.map((pool) => pool.end()))))
  await runMigrations({ pgPool: worker_pool })
  const live = part === 'worker' ? noLive : await openLive(access.connection('web'), log)
  const watch = await watchDatabase(access.connection('worker'), log, () => {
    for (const pool of pools) pool.drop()
    live.renew()
  })
  stops.push(() => watch.stop())
  const app: App = {
    settings,
    sources,
    log,
    web: openDatabase(web_pool),
    worker: openDatabase(worker_pool),
    web_pool,
    worker_pool,
    files: openFiles(settings.PANDU_DATA),
    secrets: openSecrets(settings),
    live,
    sights: noSights,
    dns: openDns(settings.PANDU_DNS),
    available: () => watch.available(),
    poke: () => undefined,
  }
  app.sights = openSights(app)
  // After the last page was answered, while the database can still be asked.
  stops.push(() => app.sights.stop())
  return { app, mail_pool }
}
