/** Queue, ticket and search on 10 thousand, 100 thousand and a million tickets. */
import { read, type StaffActor } from '../src/server/platform/context.ts'
import type { App } from '../src/server/platform/app.ts'
import { remembered } from '../src/server/platform/remembered.ts'
import { listHeld } from '../src/server/channels/index.ts'
import { listDeskMembers, listDesks, listTopics, listUrgencies } from '../src/server/desks/index.ts'
import { listWaitingQuestions } from '../src/server/referrals/index.ts'
import { listProvinces, listRegencies } from '../src/server/regions/index.ts'
import { listClocks, quietRules } from '../src/server/service_levels/index.ts'
import {
  abilities,
  listDrafts,
  listHistory,
  listMessages,
  listPresent,
  listQueue,
  seeTicket,
} from '../src/server/tickets/index.ts'
import type { RunningPandu } from '../tests/e2e/start-pandu.ts'
import { closedLoop, Connection, type Measured } from './load.ts'
import { reads, rounded, type Connections, type Read, type Result, type Size, type Who } from './result.ts'
import type { Seeded } from './seed.ts'
import { searched } from './texts.ts'
import { signIn, withRunningApp } from './site.ts'

const SECONDS = 4
const wordOf: Partial<Record<Read, string>> = {
  search_rare: searched.rare,
  search_common: searched.common,
  search_absent: searched.absent,
}

/**
 * The agent's figures are of whole pages over HTTP, signed in. An account with nothing but grants has no page yet, so the provider's
 * are of everything that the page reads, without the page around it; the agent's reads alone stand beside them on the table.
 */
export async function measureReads(
  data: string,
  size: Size,
  seeded: Seeded,
  pandu: RunningPandu,
  result: Result,
  say: (line: string) => void,
): Promise<void> {
  const cookie = await signIn(pandu, seeded.sign_in)
  const keep = (read: Read, who: Who, connections: Connections, { p50_ms, p95_ms }: Measured) => {
    const bySize = (result[read] ??= {})
    const byWho = (bySize[size] ??= {})
    const byConnections = (byWho[who] ??= {})
    byConnections[connections] = { p50_ms: rounded(p50_ms, 2), p95_ms: rounded(p95_ms, 2) }
  }
  await withRunningApp(data, async (app) => {
    for (const one of reads)
      for (const connections of ['c1', 'c8'] as const) {
        const many = Number(connections.slice(1))
        const page = await pagesOver(pandu, many, cookie, (turn) => pathOf(one, seeded.numbers.agent, turn))
        const line = (what: string, { p50_ms, p95_ms, per_s }: Measured) =>
          say(
            `${size.padEnd(5)} ${one.padEnd(14)} ${connections}  ${what.padEnd(20)} p50 ${p50_ms.toFixed(1).padStart(8)} ms   p95 ${p95_ms.toFixed(1).padStart(8)} ms   ${per_s.toFixed(0).padStart(6)}/s`,
          )
        line('agent, page', page)
        keep(one, 'agent', connections, page)
        line('agent, reads', await pureReads(app, seeded.agent, seeded.numbers.agent, one, many))
        const provider = await pureReads(app, seeded.provider, seeded.numbers.provider, one, many)
        line('provider, reads', provider)
        keep(one, 'provider', connections, provider)
      }
  })
}

const pathOf = (one: Read, numbers: readonly string[], turn: number) =>
  one === 'queue'
    ? '/desk'
    : one === 'ticket'
      ? `/desk/tickets/${numbers[turn % numbers.length]!}`
      : `/desk?query=${wordOf[one]!}`

async function pagesOver(
  pandu: RunningPandu,
  connections: number,
  cookie: string,
  path: (turn: number) => string,
): Promise<Measured> {
  const askers = Array.from({ length: connections }, () => new Connection(pandu.port))
  try {
    return await closedLoop(connections, SECONDS, async (asker, turn) => {
      const { status } = await askers[asker]!.ask('GET', path(turn), {
        cookie,
        'accept-encoding': 'gzip, deflate, br, zstd',
      })
      if (status !== 200) throw new Error(`${path(turn)} answered ${status}`)
    })
  } finally {
    for (const asker of askers) asker.close()
  }
}

/** All that the two pages ask the database (src/routes/(desk)/desk), together as they ask it. */
const pureReads = (app: App, actor: StaffActor, numbers: readonly string[], one: Read, connections: number) =>
  closedLoop(connections, SECONDS, (_, turn) => readOnce(app, actor, numbers, one, turn))

export async function readOnce(app: App, actor: StaffActor, numbers: readonly string[], one: Read, turn: number) {
  if (one === 'ticket') await readTicket(app, actor, numbers[turn % numbers.length]!)
  else await readQueue(app, actor, wordOf[one])
}

async function readQueue(app: App, actor: StaffActor, query: string | undefined) {
  await remembered(app, 'queue', (ctx) =>
    Promise.all([listDesks(ctx), listTopics(ctx, { all: true }), listProvinces(ctx)]),
  )
  const [desk] = actor.desks
  await read(
    app,
    actor,
    (ctx) =>
      Promise.all([
        listQueue(ctx, { view: query || !desk ? 'all' : 'desk', ...(query ? { query } : {}) }),
        desk ? listDeskMembers(ctx, desk.id) : [],
        listWaitingQuestions(ctx),
      ]),
    asThePageDoes(),
  )
}

async function readTicket(app: App, actor: StaffActor, number: string) {
  await remembered(app, 'ticket', (ctx) =>
    Promise.all([
      quietRules(ctx),
      listTopics(ctx),
      listUrgencies(ctx),
      listProvinces(ctx),
      listRegencies(ctx),
      listDesks(ctx),
    ]),
  )
  await read(
    app,
    actor,
    async (ctx) => {
      const ticket = await seeTicket(ctx, { number })
      await Promise.all([
        listMessages(ctx, ticket.id),
        listHeld(ctx, ticket.id),
        listDrafts(ctx, ticket.id),
        listPresent(ctx, ticket.id),
        listHistory(ctx, ticket.id),
        listClocks(ctx, ticket.id),
        abilities(actor, ticket).assign ? listDeskMembers(ctx, ticket.holder.desk.id) : [],
      ])
    },
    asThePageDoes(),
  )
}

/** The session's statement told the page the time, so that its questions leave with the beginning of the transaction. */
const asThePageDoes = () => ({ plans: 'kept' as const, now: new Date() })
