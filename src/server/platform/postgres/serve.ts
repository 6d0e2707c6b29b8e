import { chown, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { clearTheWay } from './clear-the-way.ts'
import { faultFrom } from './faults.ts'
import { onLeash, type Leash } from './leash.ts'
import { PORT } from './instance-lock.ts'
import type { Place } from './place.ts'
import { endLeftovers } from './end-leftovers.ts'
import { parentOf, readPidFile, servesCluster, signal } from './postmaster-pid.ts'

/** A PostgreSQL that we started and that answers. */
export interface Serving {
  pid: number
  ended: Promise<void>
  isOver: () => boolean
  /** Stops it cleanly and returns when the process is gone. */
  stop(): Promise<void>
}

/** For a small server: the whole of Pandu, node included, stays under 350 MB when idle. Nothing here touches durability. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '512MB',
  random_page_cost: '1.1',
  wal_compression: 'on',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // People's words stand in statements, in errors and in their details; they do not belong into a log. Whoever asked hears the error
  // and tells its code (log_min_messages orders LOG above ERROR: starts, stops and crashes are written).
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_destination: 'stderr',
  logging_collector: 'off',
}
const ATTEMPTS_MS_MAX = 30_000
/** Fast shutdown writes a checkpoint; after this long it is ended at once instead (nothing is lost: the WAL is durable). */
const STOP_MS_MAX = 30_000
/** What PostgreSQL says when another one, or the remains of one that was killed, still hold the cluster. */
const OCCUPIED = /lock file ".*" already exists|is still in use|Is another postmaster/

interface Options {
  settings: Record<string, string>
  holder: string
  log: Log
}

/** Starts PostgreSQL and returns when it is ready. Throws InstanceRunning or DataFolderFault. */
export async function servePostgres(place: Place, options: Options): Promise<Serving> {
  const until = Date.now() + ATTEMPTS_MS_MAX
  for (;;) {
    await clearTheWay(place, options.holder, options.log)
    const started = await startOnce(place, options)
    if ('serving' in started) return started.serving
    if (!OCCUPIED.test(started.said) || Date.now() > until)
      throw faultFrom('PostgreSQL does not start', place.cluster, new Error(started.said || 'it ended without a word'))
    await endLeftovers(place.cluster)
    await sleep(100)
  }
}

async function startOnce(place: Place, options: Options): Promise<{ serving: Serving } | { said: string }> {
  const log = await openLogFile(place)
  try {
    const begin = (await log.stat()).size
    const settings = { ...SETTINGS, unix_socket_directories: place.sockets, port: String(PORT), ...options.settings }
    const args = [
      '-D',
      place.cluster,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]
    const leash = await onLeash(join(place.binaries.native, 'bin', 'postgres'), args, {
      user: place.user,
      output: log.fd,
      cwd: '/',
    })
    const pid = await untilReady(place, leash, options.log)
    if (pid !== null) return { serving: serving(place, leash, pid) }
    leash.release()
    const said = Buffer.alloc(8192)
    const { bytesRead } = await log.read(said, 0, said.length, begin)
    return { said: said.toString('utf8', 0, bytesRead) }
  } finally {
    await log.close()
  }
}

/**
 * Ready is what PostgreSQL says of itself in its pid file, and only if it is a child of our leash: connecting could reach
 * another instance's socket. No limit of time: after a crash it may have much to recover. Null = it ended.
 */
async function untilReady(place: Place, leash: Leash, log: Log): Promise<number | null> {
  const patience = setTimeout(
    () => log.info(`PostgreSQL is still getting ready; ${place.log_file} says what it does`),
    10_000,
  )
  try {
    return await pidWhenReady(place, leash)
  } finally {
    clearTimeout(patience)
  }
}

async function pidWhenReady(place: Place, leash: Leash): Promise<number | null> {
  while (!leash.isOver()) {
    const file = await readPidFile(place.cluster)
    if (file?.state === 'ready' && (await parentOf(file.pid)) === leash.pid) return file.pid
    await Promise.race([sleep(15), leash.ended])
  }
  return null
}

function serving(place: Place, leash: Leash, pid: number): Serving {
  return {
    pid,
    ended: leash.ended,
    isOver: leash.isOver,
    stop: async () => {
      leash.release()
      const until = Date.now() + STOP_MS_MAX
      let hurried = false
      // The leash may have been killed alone: then PostgreSQL lives on for the moment it needs to stop.
      while (!leash.isOver() || (await servesCluster(pid, place.cluster))) {
        if (!hurried && Date.now() > until) {
          hurried = true
          signal(pid, 'SIGQUIT')
        }
        await sleep(10)
      }
    },
  }
}

/** Opened for appending and handed to PostgreSQL as it is: so it never waits for us, and the file can be cut while open. */
async function openLogFile(place: Place) {
  try {
    await mkdir(dirname(place.log_file), { recursive: true, mode: 0o700 })
    const file = await open(place.log_file, 'a+', 0o600)
    if (place.user) {
      await chown(dirname(place.log_file), place.user.uid, place.user.gid)
      await file.chown(place.user.uid, place.user.gid)
    }
    return file
  } catch (error) {
    throw faultFrom('Cannot write the log', place.log_file, error)
  }
}
