import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import { Kysely, PostgresDialect, sql, type CompiledQuery } from 'kysely'
import pg from 'pg'
import { checkDurability } from './check-durability.ts'
import type { Log } from './log.ts'
import type { DB } from './tables.ts'

// bigint comes as a string by default; our bigints (ticket numbers, sums, sizes) stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text))
// A date is a calendar day, not a moment: as text it cannot move over midnight by somebody's time zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

export type DroppablePool = pg.Pool & {
  /** Ends every connection at once: what waits on one fails, as it does when the server ends, and is answered as that is. */
  drop(): void
}

/**
 * A pool for one of the three roles. Every new connection is checked for durable settings before it is used: with
 * `synchronous_commit` off an acknowledged request could be lost (trust R9). With `keeps_plans` a connection keeps the plan of every
 * statement that comes again: for the worker's role, whose statements are few and the same all day, and which no policy makes different
 * for different people.
 */
export function openPool(
  connection: pg.ClientConfig,
  options: { max: number; log: Log; name: string; keeps_plans?: boolean },
): DroppablePool {
  const pool = new pg.Pool({
    ...connection,
    max: options.max,
    application_name: `pandu ${options.name}`,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    // What is asked while an answer is awaited goes off at once.
    pipeline: true,
    // jit off: under row-level security PostgreSQL reckons our short statements as costly and would compile each for 100 ms and more.
    options:
      '-c statement_timeout=10s -c idle_in_transaction_session_timeout=10s -c TimeZone=UTC -c jit=off' +
      // A plan that was made when a table was small is kept while it grows: it must not be one that reads the whole table.
      (options.keeps_plans ? ' -c enable_seqscan=off' : ''),
    onConnect: (client) => checkDurability(client as pg.PoolClient),
  } as pg.PoolConfig)
  // Without these a connection that dies while idle ends the process (stack P15).
  pool.on('error', (error) => options.log.warn({ pool: options.name, code: codeOf(error) }, 'a database connection was lost'))
  const standing = new Set<pg.PoolClient>()
  pool.on('remove', (client) => standing.delete(client))
  pool.on('connect', (client) => {
    standing.add(client)
    client.on('error', () => undefined)
    keepPlans(client, options.keeps_plans ? isRepeated : isMarked)
  })
  return Object.assign(pool, {
    drop() {
      for (const client of standing) client.connection.stream.destroy()
    },
  })
}

/**
 * Begins a statement whose plan a connection keeps: for one that is asked with every page and whose text is one of few. Under
 * row-level security PostgreSQL plans a ticket's page for 10 ms and answers it in one. In Kysely: `.modifyFront(keptPlan)`.
 */
export const keptPlan = sql`/* kept plan */ `
const KEPT = /^(select )?\/\* kept plan \*\//

/** Statements for which `keeps` says so get the sum of their text as a name, by which driver and server know them again. */
function keepPlans(client: pg.PoolClient, keeps: (text: string, seen: Map<string, number>) => boolean) {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  const names = new Map<string, string>()
  const seen = new Map<string, number>()
  const nameOf = (text: string) => {
    let name = names.get(text)
    if (!name) names.set(text, (name = createHash('sha256').update(text).digest('base64url').slice(0, 32)))
    return name
  }
  let together = false
  ended_first.add(client)
  client.query = ((text: unknown, values: unknown, ...rest: unknown[]) => {
    const waiting = unended.get(client)
    // What is asked in one breath leaves in one packet: each write wakes PostgreSQL, which costs more than many statements do.
    if (!together) {
      together = true
      stream.cork()
      process.nextTick(() => {
        together = false
        stream.uncork()
      })
    }
    if (waiting) {
      clearTimeout(waiting)
      unended.delete(client)
      // Whoever asks next hears that the connection broke.
      void (query('rollback') as Promise<unknown>).catch(() => undefined)
    }
    return typeof text === 'string' && (names.has(text) || (names.size < PLANS_MAX && keeps(text, seen)))
      ? query({ name: nameOf(text), text, values }, ...rest)
      : query(text, values, ...rest)
  }) as typeof client.query
}

/**
 * Connections that went back to the pool in a transaction which only read. Its end leaves in one packet with the beginning of the next, and
 * before anything else that the connection is asked, so that nothing is ever asked in somebody else's name; where nobody comes, after a moment.
 */
const unended = new WeakMap<pg.PoolClient, NodeJS.Timeout>()
const UNENDED_MS = 20
/** Those whose every statement passes keepPlans(). Of any other pool a transaction ends at once: nothing would be sent before the next one. */
const ended_first = new WeakSet<pg.PoolClient>()

/**
 * A connection of the pool for one transaction whose statements need not wait for each other: Kysely's own transactions ask one at a
 * time. After `end()` nothing can be asked any longer, so that a question which comes late cannot stray into somebody else's transaction.
 */
export async function oneConnection(pool: pg.Pool) {
  const client = await pool.connect()
  let over = false
  const query = client.query.bind(client) as (...given: unknown[]) => unknown
  // Looked at when it is sent: between asking and sending lie some turns, and behind the rollback it would stand by itself, without an actor.
  const lent = {
    query: (...given: unknown[]) => {
      if (over) throw new Error('asked after the end of the transaction')
      return query(...given)
    },
    release: () => undefined,
  } as unknown as pg.PoolClient
  const connect = async () => lent
  return {
    db: new Kysely<DB>({ dialect: new PostgresDialect({ pool: { connect, end: async () => undefined, options: pool.options } }) }),
    /** Begins by `statement` and asks `first`; both are sent before this returns. Answers the rows of `first`. */
    begin: async (statement: string, first: CompiledQuery): Promise<unknown[]> => {
      const [, { rows }] = await Promise.all([client.query(statement), client.query<object>(first.sql, [...first.parameters])])
      return rows
    },
    /** Answers when it is committed; throws when PostgreSQL rolled back instead, because a statement had failed. */
    commit: async () => {
      over = true
      const { command } = await client.query('commit').catch((error: unknown) => {
        client.release(true)
        throw error
      })
      client.release()
      if (command !== 'COMMIT')
        throw new Error('a statement of this transaction had failed, so nothing of it was written')
    },
    /** Gives back the connection of a transaction that read, and whose every question was answered. */
    leave: (): void => {
      over = true
      if (!ended_first.has(client)) {
        void client.query('rollback').then(
          () => client.release(),
          () => client.release(true),
        )
        return
      }
      const end = () => {
        unended.delete(client)
        void client.query('rollback').catch(() => undefined)
      }
      unended.set(client, setTimeout(end, UNENDED_MS).unref())
      client.release()
    },
    /**
     * Ends a transaction that wrote nothing, or whose writing is not wanted, and gives the connection back when that is done; resolves
     * then, also when the connection broke. Whoever locked something waits for it, because the locks stand until then.
     */
    end: async (): Promise<void> => {
      over = true
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      )
    },
  }
}

/** Of one connection. Statements whose text depends on what they are asked would otherwise fill the memory. */
const PLANS_MAX = 300
const SEEN_MAX = 2_000

const isMarked = (text: string) => KEPT.test(text)

/** The second time, so that what is asked once a day keeps nothing; and only what has columns of its own to be told by a migration. */
function isRepeated(text: string, seen: Map<string, number>): boolean {
  if (isMarked(text)) return true
  if (!/^\s*(with|select|insert|update|delete)\b/i.test(text) || /^\s*select \*|returning \*/i.test(text)) return false
  const times = seen.get(text)
  if (times === undefined && seen.size >= SEEN_MAX) return false
  seen.set(text, (times ?? 0) + 1)
  return times !== undefined
}

export const openDatabase = (pool: pg.Pool) => new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })

/** SQLSTATE or the system's error code; never the message, which may hold a person's words. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined

/**
 * Whether a failure means that the database, or the disk, does not take anything just now: gone, full, or so held up by a lock that a
 * statement ran out of time. Not a bug, and over by itself.
 */
export function isDatabaseAway(error: unknown): boolean {
  const message = error instanceof Error ? error.message : ''
  return (
    /^(08...|53...|55P03|57014|57P0.|40...|ECONN.*|EPIPE|ETIMEDOUT|ENOENT|ENOSPC|EDQUOT|EROFS|EIO|EMFILE|ENFILE)$/.test(codeOf(error) ?? '') ||
    /connection terminated|connection error|timeout exceeded when trying to connect|not queryable/i.test(message)
  )
}
