/** A real exchange with real SIP calls in front of us: every call is known with all its steps, and whoever nobody answered waits to be called back. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openChannelsEdge } from '../../src/edge/channels/index.ts'
import { prepare } from '../../src/server/desks/index.ts'
import { startCallIntake } from '../../src/server/intake/index.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import type { Rounds } from '../../src/server/platform/rounds.ts'
import { findPrograms } from './debian.ts'
import { EXCHANGE, startExchange, type Exchange } from './kamailio.ts'

const found = await findPrograms(EXCHANGE)
const reason = 'missing' in found ? found.missing : null
const database = useDatabase()
let server: Server
let calls: Rounds
let exchange: Exchange
const statuses: number[] = []

beforeAll(async () => {
  if (reason) return
  const app = { ...database.app() }
  await prepare(app)
  calls = startCallIntake(app)
  app.poke = () => calls.poke()
  const edge = openChannelsEdge(app)
  server = createServer((request, response) => {
    response.once('finish', () => statuses.push(response.statusCode))
    edge.answer(request.url!, request, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  exchange = await startExchange(found as { root: string }, `http://127.0.0.1:${port}/channels/phone`)
}, 150_000)
afterAll(async () => {
  await exchange?.stop()
  server?.closeAllConnections()
  server?.close()
  await calls?.stop()
})

const within = { timeout: 90_000, interval: 200 }
const callsFrom = async (number: string) =>
  (
    await sql<{ state: string; whole: boolean; n: number }>`select state,
      rang_at is not null and answered_at is not null and answered_at >= rang_at as whole, count(*)::int as n
    from calls where number = ${number} group by 1, 2 order by 1, 2`.execute(database.app().worker)
  ).rows

test(
  'calls that were answered and ended are known whole, none missing, none twice',
  { timeout: 150_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    await exchange.call({ from: '+6281234567001', to: '1500', count: 60, per_second: 10 })
    // On a busy machine the exchange itself gives some of them up before they are answered: those are known as missed.
    const told = async () =>
      (await callsFrom('+6281234567001')).map(({ state, whole, n }) => ({ kind: `${state} ${whole}`, n }))
    await expect.poll(async () => (await told()).reduce((sum, { n }) => sum + n, 0), within).toBe(60)
    await expect
      .poll(async () => (await told()).filter(({ kind }) => !/^(ended true|missed false)$/.test(kind)), within)
      .toEqual([])
    expect((await told()).find(({ kind }) => kind === 'ended true')?.n ?? 0).toBeGreaterThan(0)
    expect(
      statuses.filter((status) => status !== 200),
      exchange.log(),
    ).toEqual([])
    // SIP repeats what is not answered within half a second, and the exchange then tells it again.
    expect(statuses.length).toBeGreaterThanOrEqual(180)
  },
)

test('whoever rings where nobody answers is one caller to be called back', { timeout: 150_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  await exchange.goAway()
  await exchange.call({ from: '081234567002', to: '1500', count: 4, per_second: 4 })
  await expect.poll(() => callsFrom('+6281234567002'), within).toEqual([{ state: 'missed', whole: false, n: 4 }])
  await expect
    .poll(
      async () =>
        (
          await sql`select b.times, t.channel, t.state from call_backs b join tickets t on t.id = b.ticket_id
          where b.number = '+6281234567002'`.execute(database.app().worker)
        ).rows,
      within,
    )
    .toEqual([{ times: 4, channel: 'phone', state: 'new' }])
})
