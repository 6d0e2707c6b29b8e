/**
 * What happens reaches open desks: the relay (or whoever comes to a ticket) announces ids, PostgreSQL carries them to every process that
 * shows pages, and each process tells the desks that are open there. Ids only; whoever hears of one re-reads what they may see.
 */
import { sql, type Kysely } from 'kysely'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { codeOf } from './database.ts'
import type { Log } from './log.ts'
import type { DB } from './tables.ts'

const CHANNEL = 'pandu_live'
const RETRY_MS = 500
/** Announcements of one process go out together. */
const GATHER_MS = 30
/** PostgreSQL carries less than 8000 bytes at once, and refuses more with the relay's whole transaction: thirteen tickets with six desks that had them, six that were asked, and who did it. */
const TICKETS_A_TIME = 13
/** So much of what was told is kept for pages that were drawn before it and hear from now on. */
const KEPT_NEWS_MAX = 1_000

export interface News {
  /** `changed`: read it again. `presence`: somebody came, went, or began to write. `calls`: a telephone rings, or no longer; ids of calls. */
  what: 'changed' | 'presence' | 'calls'
  tickets: readonly {
    id: string
    desk_ids: readonly string[]
    /** Who is asked to help with it, or was, and may not know which ticket it is. */
    asked_desk_ids?: readonly string[]
    /** Who of the staff did all of it; absent where others took part. */
    by?: string
  }[]
}
/** `null`: something may have been missed (the connection was lost), so read everything again. */
export type Listener = (news: News | null) => void

export interface Live {
  /** Hears everything until the answered function is called. `ended` is called when the process stops, or another page took the place. */
  join(member: { person_id: string; hear: Listener; end(reason: 'stop' | 'crowded'): void }): (() => void) | null
  /** How far this process has heard: a mark that tells nothing else. A page that carries the mark of before its reading lacks nothing up to there. */
  position(): string
  /** What was heard after a {@link Live.position}; `null` in it as for a listener. Null for another process's, and for one that is forgotten. */
  after(position: string): readonly (News | null)[] | null
  /** Tells all processes; gathered, and lost without harm when the database is away. */
  announce(news: News): void
  /** How many desks are open here. */
  size(): number
  /** Gives up its connection, which hears nothing any more, and makes another. */
  renew(): void
  stop(): Promise<void>
}

export interface LiveLimits {
  /** Of one person; the oldest makes room. */
  each_max: number
  /** Of this process; whoever comes later is asked to come again. */
  all_max: number
}

type Member = Parameters<Live['join']>[0]

/** For processes that show no pages: nobody listens, and nobody is told. */
export const noLive: Live = {
  join: () => null,
  position: () => '',
  after: () => null,
  announce: () => undefined,
  size: () => 0,
  renew: () => undefined,
  stop: () => Promise.resolve(),
}

/** Who is listening in this process. Without `connect()` it hears only what this process itself announces by {@link Live.announce}. */
export async function openLive(
  connection: pg.ClientConfig,
  log: Log,
  limits: LiveLimits = { each_max: 8, all_max: 2_000 },
): Promise<Live> {
  const members = new Set<Member>()
  const keep = (news: News | null) => ({ news, mark: randomBytes(9).toString('base64url') })
  const kept = [keep(null)]
  let stopped = false
  const listening = await keepListening(connection, log, (news) => {
    if (kept.push(keep(news)) > KEPT_NEWS_MAX) kept.shift()
    for (const member of members) member.hear(news)
  })
  let gathered: News[] = []
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    timer = null
    const all = gathered
    gathered = []
    listening.send(partsOf(all))
  }
  return {
    join(member) {
      if (stopped || members.size >= limits.all_max) return null
      const own = [...members].filter((other) => other.person_id === member.person_id)
      for (const oldest of own.slice(0, Math.max(0, own.length + 1 - limits.each_max))) {
        members.delete(oldest)
        oldest.end('crowded')
      }
      members.add(member)
      return () => void members.delete(member)
    },
    position: () => kept.at(-1)!.mark,
    after(position) {
      const at = kept.findIndex(({ mark }) => mark === position)
      return at < 0 ? null : kept.slice(at + 1).map(({ news }) => news)
    },
    announce(news) {
      gathered.push(news)
      timer ??= setTimeout(flush, GATHER_MS)
    },
    size: () => members.size,
    renew: () => listening.renew(),
    async stop() {
      stopped = true
      if (timer) clearTimeout(timer)
      for (const member of members) member.end('stop')
      members.clear()
      await listening.stop()
    },
  }
}

/** What goes out as one notification each: every ticket once, with its desks. */
function partsOf(all: readonly News[]): string[] {
  return (['changed', 'presence', 'calls'] as const).flatMap((what) => {
    const tickets = new Map(
      all.filter((news) => news.what === what).flatMap((news) => news.tickets.map((ticket) => [ticket.id, ticket])),
    )
    const list = [...tickets.values()]
    return Array.from({ length: Math.ceil(list.length / TICKETS_A_TIME) }, (_, part) =>
      JSON.stringify({ what, tickets: list.slice(part * TICKETS_A_TIME, (part + 1) * TICKETS_A_TIME) }),
    )
  })
}

/**
 * Announces changed tickets from inside a transaction that is nobody's write: the relay's own. Never call it in a command: every commit
 * with a notification waits for every other (architecture: After).
 */
export async function announceIn(tx: Kysely<DB>, news: News): Promise<void> {
  const parts = partsOf([news])
  if (parts.length > 0) await sql`select pg_notify(${CHANNEL}, part) from unnest(${parts}::text[]) part`.execute(tx)
}

/** One connection that hears the channel, made anew when it breaks; then nobody knows what was missed. */
async function keepListening(connection: pg.ClientConfig, log: Log, hear: Listener) {
  let client: pg.Client | null = null
  let stopped = false
  let timer: NodeJS.Timeout | null = null
  let missed = false
  let sending: Promise<unknown> = Promise.resolve()

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      ...connection,
      application_name: 'pandu live',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    let over = false
    const lost = () => {
      if (over) return
      over = true
      missed = true
      client = null
      if (!stopped) timer = setTimeout(() => void connect(), RETRY_MS)
    }
    next.on('error', lost)
    next.on('end', lost)
    next.on('notification', ({ payload }) => {
      if (payload) hear(JSON.parse(payload) as News)
    })
    try {
      await next.connect()
      await next.query(`listen ${CHANNEL}`)
    } catch {
      await next.end().catch(() => undefined)
      return lost()
    }
    if (stopped) return void (await next.end())
    client = next
    if (missed) hear(null)
    missed = false
  }
  await connect()
  return {
    send(parts: string[]) {
      // One after the other: a connection does one thing at a time.
      sending = sending
        .then(() => client?.query('select pg_notify($1, part) from unnest($2::text[]) part', [CHANNEL, parts]))
        .catch((error: unknown) => log.warn({ code: codeOf(error) }, 'open desks were not told of a change'))
    },
    renew: () => client?.connection.stream.destroy(),
    async stop() {
      stopped = true
      if (timer) clearTimeout(timer)
      await client?.end()
    },
  }
}
