import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import type { Log } from './log.ts'
import { checkDurability } from './check-durability.ts'
import { capLog } from './postgres/cap-log.ts'
import { DataFolderFault, InstanceRunning } from './postgres/faults.ts'
import { asSuperuser, PORT, takeLock, type Lock } from './postgres/instance-lock.ts'
import { clearLeftovers, makeCluster } from './postgres/make-cluster.ts'
import { findPlace, type Place } from './postgres/place.ts'
import { makeDatabase, makeRoles } from './postgres/roles.ts'
import { servePostgres, type Serving } from './postgres/serve.ts'

export { DataFolderFault, InstanceRunning }

/** How to connect as a role; the same for the embedded and for an outside PostgreSQL. */
export interface DatabaseAccess {
  connection(role: 'owner' | 'web' | 'worker', database?: string): ClientConfig
}

export interface EmbeddedPostgres extends DatabaseAccess {
  /** Where the cluster really lies; not always in the data folder (postgres/place.ts). */
  readonly data_folder: string
  /** PostgreSQL's own process; another one after a restart. */
  readonly pid: number
  /** As `postgres`, for tests and backups. */
  superuser(database?: string): ClientConfig
  /** PostgreSQL, or all its connections, ended unasked; it is being restarted. */
  onLost(listener: () => void): void
  /** It is usable again. */
  onBack(listener: () => void): void
  /** It will not come back: it ended more than three times within a minute, or cannot start again. */
  onGivenUp(listener: (reason: string) => void): void
  /** Stops it cleanly; returns when its process is gone. Any number of calls. */
  stop(): Promise<void>
}

export interface StartEmbedded {
  data: string
  log: Log
  /** Folder of a package with the programs; default: the one that npm installed for this machine. */
  binaries?: string
  /** More PostgreSQL settings, by name. */
  settings?: Record<string, string>
  /** How a second Pandu is told who runs here (InstanceRunning.holder). */
  holder?: string
}

const RESTARTS_A_MINUTE_MAX = 3
const RESTART_PAUSE_MS = 1000
const CAP_LOG_EVERY_MS = 60_000

/**
 * Starts the PostgreSQL that comes along, on a private socket, and keeps it running: makes the cluster, the roles and the
 * database `pandu` where they are missing, holds the lock that keeps a second Pandu out, restarts it when it ends unasked.
 * Throws {@link InstanceRunning}, {@link DataFolderFault} or NotDurable, each with one clear line.
 */
export async function startEmbeddedPostgres(options: StartEmbedded): Promise<EmbeddedPostgres> {
  const { log, settings = {}, holder = 'pandu' } = options
  const place = await findPlace({ data: options.data, binaries: options.binaries, log })
  await makeCluster(place)
  const start = () => startAndLock(place, { settings, holder, log })
  const first = await start()
  try {
    await clearLeftovers(place)
    await checkDurability(first.lock.client)
    await makeRoles(first.lock.client)
    await makeDatabase(first.lock.client)
  } catch (error) {
    await first.serving.stop()
    throw error
  }
  return keep(place, first, { start, holder, log })
}

interface Kept {
  serving: Serving
  lock: Lock
}

async function startAndLock(
  place: Place,
  options: { settings: Record<string, string>; holder: string; log: Log },
): Promise<Kept> {
  const serving = await servePostgres(place, options)
  const lock = await takeLock(place, options.holder, serving.isOver)
  if (lock) return { serving, lock }
  await serving.stop()
  throw new InstanceRunning(place.data, serving.pid, 'started at the same moment')
}

/** Notes the attempt if one more is allowed within the last minute. */
function mayRestart(restarts: number[]): boolean {
  while (restarts[0] !== undefined && restarts[0] < Date.now() - 60_000) restarts.shift()
  return restarts.length < RESTARTS_A_MINUTE_MAX && restarts.push(Date.now()) > 0
}

function keep(
  place: Place,
  first: Kept,
  options: { start: () => Promise<Kept>; holder: string; log: Log },
): EmbeddedPostgres {
  const { start, holder, log } = options
  const told = { lost: [] as (() => void)[], back: [] as (() => void)[], givenUp: [] as ((reason: string) => void)[] }
  const restarts: number[] = []
  let now = first
  let stopping: Promise<void> | null = null
  const isStopping = () => stopping !== null
  const watching = watch()
  const capping = setInterval(
    () => void capLog(place.log_file).catch((error: unknown) => log.warn(error)),
    CAP_LOG_EVERY_MS,
  )
  capping.unref()

  async function watch(): Promise<void> {
    for (;;) {
      await Promise.race([now.serving.ended, now.lock.lost])
      if (stopping) return
      log.error({ pid: now.serving.pid }, 'PostgreSQL, or all its connections, ended unasked')
      told.lost.forEach((listener) => listener())
      try {
        now = await again()
      } catch (error) {
        if (stopping) return
        const reason = error instanceof Error ? error.message : String(error)
        log.fatal({ reason }, 'PostgreSQL does not come back')
        told.givenUp.forEach((listener) => listener(reason))
        return
      }
      if (stopping) return
      log.info({ pid: now.serving.pid }, 'PostgreSQL is back')
      told.back.forEach((listener) => listener())
    }
  }

  /** When one of its processes is killed, PostgreSQL drops every connection but lives on: then only the lock is taken again. */
  async function again(): Promise<Kept> {
    const lock = await takeLock(place, holder, now.serving.isOver)
    if (lock) return { serving: now.serving, lock }
    await now.serving.stop()
    let reason: unknown = new Error(
      `PostgreSQL ended more than ${RESTARTS_A_MINUTE_MAX} times within a minute; ${place.log_file} says why`,
    )
    while (!isStopping() && mayRestart(restarts)) {
      try {
        return await start()
      } catch (error) {
        if (error instanceof InstanceRunning) throw error
        reason = error
        await sleep(RESTART_PAUSE_MS)
      }
    }
    throw reason
  }

  async function stop(): Promise<void> {
    clearInterval(capping)
    // While it is being restarted its process changes: the one that stands at the end is the one to stop.
    await now.serving.stop()
    await watching
    await now.serving.stop()
  }

  const connect = (user: string, database: string): ClientConfig => ({
    ...asSuperuser(place.sockets, PORT, database),
    user,
  })
  return {
    data_folder: place.cluster,
    get pid() {
      return now.serving.pid
    },
    connection: (role, database = 'pandu') => connect(`pandu_${role}`, database),
    superuser: (database = 'postgres') => connect('postgres', database),
    onLost: (listener) => void told.lost.push(listener),
    onBack: (listener) => void told.back.push(listener),
    onGivenUp: (listener) => void told.givenUp.push(listener),
    stop: () => (stopping ??= stop()),
  }
}
