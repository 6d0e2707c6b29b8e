import { Client, type ClientConfig } from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from './place.ts'

/** Any number that nothing else of ours locks; it lives in the database `postgres`, which Pandu uses for nothing else. */
const KEY = 7_263_801_001

export interface Lock {
  /** The connection that holds it. Ending it frees the lock. */
  client: Client
  /** Settles when the connection is gone, and the lock with it. */
  lost: Promise<void>
}

/** `silent` = nobody listens there; `busy` = PostgreSQL answers that it is starting or stopping. */
export type Answer =
  { state: 'taken'; lock: Lock } | { state: 'held'; holder: string } | { state: 'silent' } | { state: 'busy' }

/** Connects to a PostgreSQL of ours and tries to take the lock; never waits for it. */
export async function tryLock(sockets: string, port: number, holder: string): Promise<Answer> {
  const client = new Client({
    ...asSuperuser(sockets, port),
    application_name: holder,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  })
  const lost = new Promise<void>((resolve) => {
    client.once('end', resolve)
    client.once('error', () => resolve())
  })
  client.on('error', () => undefined) // `lost` tells it
  try {
    await client.connect()
    const { rows } = await client.query<{ taken: boolean; holder: string | null }>(
      `with attempt as materialized (select pg_try_advisory_lock($1::bigint) as taken)
       select attempt.taken,
              (select activity.application_name
                 from pg_locks join pg_stat_activity as activity using (pid)
                where locktype = 'advisory' and granted
                  and classid = ($1::bigint >> 32)::oid and objid = ($1::bigint & 4294967295)::oid
                limit 1) as holder
         from attempt`,
      [KEY],
    )
    if (rows[0]?.taken) return { state: 'taken', lock: { client, lost } }
    await client.end()
    return { state: 'held', holder: rows[0]?.holder ?? '' }
  } catch (error) {
    await client.end().catch(() => undefined)
    return { state: ['ENOENT', 'ECONNREFUSED'].includes((error as { code?: string }).code ?? '') ? 'silent' : 'busy' }
  }
}

/**
 * Takes the lock on the PostgreSQL that we started. A rival that looks whether it is an orphan may hold it for a moment, so
 * this tries again for a while. Null = PostgreSQL ended meanwhile, or the lock stays somebody else's.
 */
export async function takeLock(place: Place, holder: string, isOver: () => boolean): Promise<Lock | null> {
  const until = Date.now() + 15_000
  while (!isOver() && Date.now() < until) {
    const answer = await tryLock(place.sockets, PORT, holder)
    if (answer.state === 'taken') return answer.lock
    await sleep(20)
  }
  return null
}

/** Only names the socket file; nothing listens on the network. */
export const PORT = 5432

export const asSuperuser = (sockets: string, port: number, database = 'postgres'): ClientConfig => ({
  host: sockets,
  port,
  user: 'postgres',
  database,
  ssl: false, // or PGSSLMODE of the environment would decide
})
