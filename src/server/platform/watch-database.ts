import pg from 'pg'
import type { Log } from './log.ts'

const RETRY_MS = 250
const PING_EVERY_MS = 1_000
/** A network that swallows everything breaks no connection: so long is waited for one word. */
const SILENT_MS = 5_000
/** After a pause of this process itself an answer may lie there unread. */
const GRACE_MS = 250

export interface DatabaseWatch {
  /** False from the moment the connection breaks until PostgreSQL answers again. */
  available(): boolean
  stop(): Promise<void>
}

/**
 * Knows whether PostgreSQL is there, by one connection that is kept open: it breaks at once when the server ends, so that mail is
 * answered 451 and pages 503 without waiting for a query to fail. It is asked each second, because a server that hangs, and a network
 * that swallows everything, break nothing. Works alike for the embedded and an outside server.
 * @param onSilence PostgreSQL no longer answers, but its connections still stand: what waits on them would wait for ever
 */
export async function watchDatabase(
  connection: pg.ClientConfig,
  log: Log,
  onSilence: () => void = () => undefined,
): Promise<DatabaseWatch> {
  let up = false
  let stopped = false
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | null = null
  let pinging: NodeJS.Timeout | null = null

  const lost = () => {
    if (stopped) return
    if (up) log.error('the database is away; mail is answered 451 and pages 503 until it is back')
    up = false
    client = null
    if (pinging) clearTimeout(pinging)
    timer = setTimeout(() => void connect(), RETRY_MS)
  }
  const ping = (of: pg.Client) => {
    if (stopped || client !== of) return
    let answered = false
    of.query('select 1').then(
      () => (answered = true),
      () => (answered = true), // its end is told by the connection itself
    )
    const silent = () => {
      if (answered || stopped || client !== of) return
      log.error(`the database has not answered for ${SILENT_MS / 1000} s; its connections are given up`)
      onSilence()
      of.connection.stream.destroy()
    }
    const check = (waited_ms: number) => {
      if (answered) pinging = setTimeout(() => ping(of), PING_EVERY_MS)
      else if (waited_ms >= SILENT_MS) pinging = setTimeout(silent, GRACE_MS)
      else pinging = setTimeout(() => check(waited_ms + GRACE_MS), GRACE_MS)
    }
    check(0)
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
      ping(next)
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
      if (pinging) clearTimeout(pinging)
      await client?.end()
    },
  }
}
