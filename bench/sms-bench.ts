/** SMS in and out a second through a real Kannel, beside what the same Kannel does alone, in one run: its own limit is the measure. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { queueMessages } from '../src/server/channels/index.ts'
import type { App } from '../src/server/platform/app.ts'
import { system, write } from '../src/server/platform/context.ts'
import { freePorts, type RunningPandu } from '../tests/e2e/start-pandu.ts'
import { findPrograms, type Programs } from '../tests/peers/debian.ts'
import { KANNEL, startKannel, type Kannel, type Network } from '../tests/peers/kannel.ts'
import { closedLoop, Connection, quantiles } from './load.ts'
import { cpuMsOf, processesOf } from './processes.ts'
import { rounded, type Result } from './result.ts'
import { withRunningApp } from './site.ts'

export interface SmsPlan {
  /** Of each measurement that is as fast as can be. */
  texts: number
  /** For which Kannel alone is asked to send. */
  seconds: number
  /** Offered rates, from low to high. */
  rates: readonly number[]
  rate_seconds: number
}
type Say = (line: string) => void

const VISIBLE_MS_MAX = 5_000
const NOTHING_MORE_MS = 60_000
const LOOK_MS = 20
/** Counting reads the whole outbox: oftener, a tenth of what is measured would be the measuring. */
const LOOK_AT_OUTBOX_MS = 200
/** The first of a process are slower and do not count. */
const WARMING = 300
const ASKERS = 32
const FIELDS = 'from=%p&to=%P&id=%I&time=%T&coding=%c&charset=%C&udh=%u'

export async function measureSms(pandu: RunningPandu, plan: SmsPlan, result: Result, say: Say): Promise<void> {
  const programs = await findPrograms(KANNEL)
  if ('missing' in programs) return say(`sms           not measured: ${programs.missing}`)
  result.sms = { in: {}, out: {} }
  await measureIn(programs, pandu, plan, result.sms.in!, say)
  await measureOut(programs, pandu, plan, result.sms.out!, say)
  result.sms.load = rounded(loadavg()[0]!, 1)
}

type In = NonNullable<NonNullable<Result['sms']>['in']>
type Out = NonNullable<NonNullable<Result['sms']>['out']>

async function measureIn(programs: Programs, pandu: RunningPandu, plan: SmsPlan, into: In, say: Say) {
  const alone = await bareServer()
  await withKannel(programs, alone.port, async (_, network) => {
    bring(network, plan.texts)
    into.kannel_per_s = rounded(await perSecond(plan.texts, () => Promise.resolve(alone.times.length)), 0)
  })
  alone.close()
  await withRunningApp(pandu.data, (app) =>
    withKannel(programs, pandu.port, async (_, network) => {
      bring(network, WARMING)
      await untilAll(WARMING, () => countOf(app, 'outcome is not null'))
      const cpu = cpuOf(pandu)
      bring(network, plan.texts)
      const settled = untilAll(plan.texts, async () => (await countOf(app, 'outcome is not null')) - WARMING)
      const acknowledged = async () => (await countOf(app, 'true')) - WARMING
      into.acknowledged_per_s = rounded(await perSecond(plan.texts, acknowledged), 0)
      into.settled_per_s = rounded(await settled, 0)
      say(`sms in: Kannel alone ${into.kannel_per_s}/s, acknowledged by Pandu ${into.acknowledged_per_s}/s, settled ${into.settled_per_s}/s (${plan.texts} texts, each from a number of its own; Pandu and PostgreSQL used ${cpu(plan.texts)} of CPU a text)`) // prettier-ignore
      for (const rate of plan.rates) {
        if (!(await offer(app, network, rate, plan.rate_seconds, say))) break
        into.visible_per_s = rate
      }
    }),
  )
}

async function measureOut(programs: Programs, pandu: RunningPandu, plan: SmsPlan, into: Out, say: Say) {
  const alone = await bareServer()
  await withKannel(programs, alone.port, async (kannel) => {
    const url = new URL(kannel.sendsms_url)
    const fields = { username: url.username, password: url.password, from: '1500', charset: 'UTF-8', 'dlr-mask': '27', 'dlr-url': `http://127.0.0.1:${alone.port}/?type=%d&at=%T&id=%F&answer=%A` } // prettier-ignore
    const askers = Array.from({ length: ASKERS }, () => new Connection(Number(url.port)))
    const { per_s } = await closedLoop(ASKERS, plan.seconds, async (asker, turn) => {
      const query = new URLSearchParams({ ...fields, to: numberOf(turn), text: TEXT })
      const answer = await askers[asker]!.ask('GET', `${url.pathname}?${query}`)
      if (answer.status !== 202) throw new Error(`Kannel answered ${answer.status} ${answer.body.toString()}`)
    })
    for (const asker of askers) asker.close()
    into.kannel_per_s = rounded(per_s, 0)
  })
  alone.close()
  const [sendsms_port] = await freePorts()
  const line = `kannel:http://pandu:rahasia@127.0.0.1:${sendsms_port}/cgi-bin/sendsms#name=kannel&from=1500`
  await pandu.restart({ PANDU_SMS_GATEWAY: line })
  await withRunningApp(pandu.data, (app) =>
    withKannel(
      programs,
      pandu.port,
      async (_, network) => {
        const messages = messagesOf(plan.texts)
        const mine = new Set(messages.map(({ recipient }) => recipient))
        const out = () => network.out.filter(({ to }) => mine.has(to))
        const cpu = cpuOf(pandu)
        await write(app, system, (ctx) => queueMessages(ctx, messages))
        const countDelivered = () => countOutbox(app, `kind = 'notice' and state = 'delivered'`)
        const delivered = untilAll(plan.texts, countDelivered, LOOK_AT_OUTBOX_MS)
        await untilAll(plan.texts, () => Promise.resolve(out().length))
        const times = out().map(({ at_ms }) => at_ms)
        into.pandu_per_s = rounded(((times.length - 1) / (times.at(-1)! - times[0]!)) * 1_000, 0)
        into.delivered_per_s = rounded(await delivered, 0)
        say(`sms out, with reports: Kannel alone ${into.kannel_per_s}/s, Pandu through it ${into.pandu_per_s}/s, reported as delivered ${into.delivered_per_s}/s (${plan.texts} texts; ${cpu(plan.texts)} of CPU a text)`) // prettier-ignore
      },
      sendsms_port,
    ),
  )
}

async function withKannel(
  programs: Programs,
  port: number,
  work: (kannel: Kannel, network: Network) => Promise<void>,
  sendsms_port?: number,
): Promise<void> {
  const service = `post-url = "http://127.0.0.1:${port}/channels/sms/kannel?${FIELDS}"`
  const kannel = await startKannel(programs, { service, ...(sendsms_port === undefined ? {} : { sendsms_port }) })
  try {
    await work(kannel, await kannel.openNetwork())
  } finally {
    await kannel.stop()
  }
}

/** Answers everything with an empty 200. */
async function bareServer(): Promise<{ port: number; times: number[]; close(): void }> {
  const times: number[] = []
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      times.push(performance.now())
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 0 }).end()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    times,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const TEXT = 'Printer kami tidak mencetak sejak pindah ke Linux; lampunya menyala dan antrean penuh.'
let numbers = 0
const aNumber = () => numberOf(numbers++)
const numberOf = (turn: number) => `+62899${String(turn).padStart(8, '0')}`

const bring = (network: Network, texts: number) => {
  for (let turn = 0; turn < texts; turn++) network.write(aNumber(), '1500', `${TEXT} ${turn}`)
}

const messagesOf = (texts: number) =>
  Array.from({ length: texts }, () => ({
    channel: 'sms' as const,
    kind: 'notice' as const,
    recipient: aNumber(),
    text: TEXT,
    language: 'id' as const,
    automatic: false,
  }))

/** What Pandu's and PostgreSQL's processes use from now on, for each of so many: unlike a rate it does not depend on who else is busy. */
function cpuOf(pandu: RunningPandu): (texts: number) => string {
  const now = () => cpuMsOf(processesOf(pandu.pid, pandu.data))
  const before = now()
  return (texts) => `${((now() - before) / texts).toFixed(1)} ms`
}

/** From the first that was counted to the last. */
async function perSecond(texts: number, count: () => Promise<number>): Promise<number> {
  const first = await count()
  const begun = performance.now()
  await untilAll(texts, count)
  return ((texts - first) / (performance.now() - begun)) * 1_000
}

/** Answers how many a second there were until all were there. */
async function untilAll(texts: number, count: () => Promise<number>, look_ms = LOOK_MS): Promise<number> {
  const begun = performance.now()
  let [last, moved_at] = [-1, begun]
  for (;;) {
    const now = await count()
    if (now >= texts) return (texts / (performance.now() - begun)) * 1_000
    if (now !== last) [last, moved_at] = [now, performance.now()]
    if (performance.now() - moved_at > NOTHING_MORE_MS) throw new Error(`${now} of ${texts}, and nothing more came`)
    await pause(look_ms)
  }
}

/** Whether 99 of 100 are settled within five seconds after the network gave them to Kannel. */
async function offer(app: App, network: Network, rate: number, seconds: number, say: Say): Promise<boolean> {
  const before = await countOf(app, 'true')
  const written: number[] = []
  const settled: number[] = []
  const begun = performance.now()
  let over = false
  const watching = (async () => {
    while (!over || settled.length < written.length) {
      const done = (await countOf(app, 'outcome is not null')) - before
      const now = performance.now()
      while (settled.length < done) settled.push(now)
      if (over && now - written.at(-1)! > NOTHING_MORE_MS) break
      await pause(50)
    }
  })()
  for (let turn = 0; turn < rate * seconds; turn++) {
    const wait = begun + (turn / rate) * 1_000 - performance.now()
    if (wait > 1) await pause(wait)
    network.write(aNumber(), '1500', `${TEXT} ${turn}`)
    written.push(performance.now())
  }
  const offered = written.length / ((performance.now() - begun) / 1_000)
  over = true
  await watching
  const { p50_ms, p99_ms } = quantiles(written.map((at, turn) => (settled[turn] ?? Number.POSITIVE_INFINITY) - at))
  const passed = p99_ms <= VISIBLE_MS_MAX && offered >= rate * 0.97
  say(`sms in, offered ${rate}/s for ${seconds} s: written ${offered.toFixed(0)}/s, until settled p50 ${p50_ms.toFixed(0)} ms, p99 ${p99_ms.toFixed(0)} ms: ${passed ? 'passed' : 'not passed'}`) // prettier-ignore
  return passed
}

const countOf = async (app: App, where: string): Promise<number> =>
  (await app.worker_pool.query<{ count: number }>(`select count(*)::int as count from intake_items where channel = 'sms' and envelope_from is not null and ${where}`)).rows[0]!.count // prettier-ignore
const countOutbox = async (app: App, where: string): Promise<number> =>
  (await app.worker_pool.query<{ count: number }>(`select count(*)::int as count from outbox where channel = 'sms' and ${where}`)).rows[0]!.count // prettier-ignore
