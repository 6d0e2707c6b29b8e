import pg from 'pg'
import type { Log } from './log.ts'

const RETRY_MS = 250

export interface DatabaseWatch {
  /** False from the moment the connection breaks until PostgreSQL answers again. */
  available(): boolean
  stop(): Promise<void>
}

/**
 * Knows whether PostgreSQL is there, by one connection that is kept open: it breaks at once when the server ends, so that mail is
 * answered 451 and pages 503 without waiting for a query to fail. Works alike for the embedded and an outside server.
 */
export async function watchDatabase(connection: pg.ClientConfig, log: Log): Promise<DatabaseWatch> {
  let up = false
  let stopped = false
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | null = null

  const lost = () => {
    if (stopped) return
    if (up) log.error('the database is away; mail is answered 451 and pages 503 until it is back')
    up = false
    client = null
    timer = setTimeout(() => void connect(), RETRY_MS)
  }
  const connect = async () => {
    const next = new pg.Client({
      ...connection,
      application_name: 'pandu watch',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    let over = false
    const end = () => {
      if (over) return
      over = true
      lost()
    }
    next.on('error', end)
    next.on('end', end)
    try {
      await next.connect()
      if (stopped) return await next.end()
      client = next
      if (!up) log.info('the database answers')
      up = true
    } catch {
      await next.end().catch(() => undefined)
      end()
    }
  }
  await connect()
  return {
    available: () => up,
    async stop() {
      stopped = true
      if (timer) clearTimeout(timer)
      await client?.end()
    },
  }
}
