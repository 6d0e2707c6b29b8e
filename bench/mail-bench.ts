/** Intake by SMTP: how many mails a second are acknowledged, and how many become tickets within five seconds. */
import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { App } from '../src/server/platform/app.ts'
import { newId } from '../src/server/platform/ids.ts'
import type { RunningPandu } from '../tests/e2e/start-pandu.ts'
import { closedLoop, quantiles } from './load.ts'
import { MailSender } from './mail-sender.ts'
import { cpuMsOf, processesOf } from './processes.ts'
import { rounded, type Connections, type Result } from './result.ts'
import { withRunningApp } from './site.ts'

export interface MailPlan {
  bare_seconds: number
  closed_seconds: number
  /** Offered rates, from low to high; the last that passes is offered again for `long_seconds`. */
  rates: readonly number[]
  rate_seconds: number
  long_seconds: number
}

const VISIBLE_MS_MAX = 5_000

export async function measureIntake(
  pandu: RunningPandu,
  plan: MailPlan,
  result: Result,
  say: (line: string) => void,
): Promise<void> {
  await withRunningApp(pandu.data, async (app) => {
    result.intake = {}
    for (const connections of ['c1', 'c8'] as const) {
      const many = Number(connections.slice(1))
      const bare = await bareLimit(pandu, many, plan.bare_seconds)
      const cpu = cpuOf(pandu)
      const acknowledged = await acknowledgedPerSecond(pandu, many, plan.closed_seconds)
      say(`intake ${connections}: bare ${bare.toFixed(0)}/s, acknowledged ${acknowledged.per_s.toFixed(0)}/s = ${((acknowledged.per_s / bare) * 100).toFixed(0)} % of it, p99 ${acknowledged.p99_ms.toFixed(1)} ms`) // prettier-ignore
      result.intake[connections] = {
        bare_per_s: rounded(bare, 0),
        acknowledged_per_s: rounded(acknowledged.per_s, 0),
        load: rounded(loadavg()[0]!, 1),
      }
      const begun = performance.now()
      const waited = await backlog(app)
      await untilEmpty(app)
      const drained = performance.now() - begun
      await untilQuiet(app)
      const { node, postgres } = cpu(acknowledged.mails)
      say(`intake ${connections}: ${(node + postgres).toFixed(2)} ms of CPU a mail until all that follows from it is done (node ${node.toFixed(2)}, PostgreSQL ${postgres.toFixed(2)})`) // prettier-ignore
      say(
        `intake ${connections}: ${waited} waited at the end and were read in ${(drained / 1000).toFixed(1)} s = ${(waited / (drained / 1000)).toFixed(0)}/s`,
      )
      await offerRates(pandu, app, connections, plan, result, say)
    }
  })
}

/** What this PostgreSQL gives at best: one row of 1 KB, one commit, the same driver, on the same machine at the same time. */
async function bareLimit(pandu: RunningPandu, connections: number, seconds: number): Promise<number> {
  const { reachRunningPostgres } = await import('../src/server/platform/postgres/reach-running.ts')
  const access = await reachRunningPostgres(pandu.data)
  const owner = new pg.Client(access.connection('owner'))
  await owner.connect()
  await owner.query('create schema bench create table bench.bare (id uuid primary key, raw bytea)')
  await owner.query('alter table bench.bare alter column raw set storage external')
  const clients = Array.from({ length: connections }, () => new pg.Client(access.connection('owner')))
  await Promise.all(clients.map((client) => client.connect()))
  try {
    const raw = randomBytes(1_024)
    const insert = 'insert into bench.bare (id, raw) values ($1::uuid, $2::bytea)'
    const { per_s } = await closedLoop(connections, seconds, async (asker) => {
      await clients[asker]!.query(insert, [newId(), raw])
    })
    return per_s
  } finally {
    await Promise.all(clients.map((client) => client.end()))
    await owner.query('drop schema bench cascade')
    await owner.end()
  }
}

async function acknowledgedPerSecond(pandu: RunningPandu, connections: number, seconds: number) {
  const senders = await Promise.all(Array.from({ length: connections }, () => MailSender.open(pandu.smtp_port)))
  const run = randomBytes(4).toString('hex')
  let mails = 0
  try {
    const measured = await closedLoop(connections, seconds, async (asker, turn) => {
      await senders[asker]!.send(`${run}.${turn}`)
      mails += 1
    })
    return { ...measured, mails }
  } finally {
    for (const sender of senders) sender.close()
  }
}

/** The highest offered rate at which 99 of 100 mails are tickets within five seconds of their `250`. */
async function offerRates(
  pandu: RunningPandu,
  app: App,
  connections: Connections,
  plan: MailPlan,
  result: Result,
  say: (line: string) => void,
) {
  const many = Number(connections.slice(1))
  let best = 0
  for (const rate of plan.rates) {
    const passed = await offer(pandu, app, many, rate, plan.rate_seconds, say)
    await untilEmpty(app)
    if (!passed) break
    best = rate
  }
  for (; best > 0; best = plan.rates.findLast((rate) => rate < best) ?? 0) {
    if (await offer(pandu, app, many, best, plan.long_seconds, say)) {
      result.intake![connections]!.visible_per_s = best
      const begun = performance.now()
      await untilQuiet(app)
      say(
        `intake ${connections}: all that follows from them was done ${((performance.now() - begun) / 1000).toFixed(0)} s after the last of them`,
      )
      break
    }
    await untilEmpty(app)
  }
  await untilEmpty(app)
}

async function offer(
  pandu: RunningPandu,
  app: App,
  connections: number,
  rate: number,
  seconds: number,
  say: (line: string) => void,
) {
  const senders = await Promise.all(Array.from({ length: connections }, () => MailSender.open(pandu.smtp_port)))
  const run = randomBytes(4).toString('hex')
  const acknowledged: number[] = []
  const seen: number[] = []
  let over = false
  const watching = (async () => {
    // Read in the order in which they came, so the n-th acknowledged is visible when no more than (all − n) wait.
    while (!over || seen.length < acknowledged.length) {
      const asked = acknowledged.length
      const settled = asked - (await backlog(app))
      const now = performance.now()
      while (seen.length < settled) seen.push(now)
      if (over && now - acknowledged.at(-1)! > 60_000) break
      await pause(50)
    }
  })()
  const begun = performance.now()
  let turn = 0
  await Promise.all(
    senders.map(async (sender) => {
      for (;;) {
        const due = begun + (turn / rate) * 1_000
        if (due > begun + seconds * 1_000) return
        const mine = turn++
        const wait = due - performance.now()
        if (wait > 1) await pause(wait)
        await sender.send(`${run}.${mine}`)
        acknowledged.push(performance.now())
      }
    }),
  )
  const offered = acknowledged.length / ((performance.now() - begun) / 1_000)
  over = true
  await watching
  for (const sender of senders) sender.close()
  const delays = acknowledged.map((at, index) => Math.max(0, (seen[index] ?? Number.POSITIVE_INFINITY) - at))
  const { p50_ms, p99_ms } = quantiles(delays)
  const passed = p99_ms <= VISIBLE_MS_MAX && offered >= rate * 0.97
  say(`intake offered ${rate}/s for ${seconds} s on ${connections}: taken ${offered.toFixed(0)}/s, from 250 to visible p50 ${p50_ms.toFixed(0)} ms, p99 ${p99_ms.toFixed(0)} ms: ${passed ? 'passed' : 'not passed'}`) // prettier-ignore
  return passed
}

async function backlog(app: App): Promise<number> {
  const { rows } = await app.worker_pool.query<{ count: number }>(
    'select count(*)::int as count from intake_items where outcome is null',
  )
  return rows[0]!.count
}
async function untilEmpty(app: App) {
  while ((await backlog(app)) > 0) await pause(20)
}

/** Search documents, deadlines and acknowledgements too. */
async function untilQuiet(app: App) {
  const waiting = `select (select count(*) from journal_pending) + (select count(*) from graphile_worker.jobs where run_at <= now())
    + (select count(*) from outbox where state in ('waiting', 'sending') and next_attempt_at <= now()) as count`
  for (let calm = 0; calm < 3; await pause(200)) {
    const { rows } = await app.worker_pool.query<{ count: number }>(waiting)
    calm = rows[0]!.count === 0 ? calm + 1 : 0
  }
}

/** What Pandu's and PostgreSQL's processes use from now on, for each of so many mails: unlike a rate it depends little on who else is busy. */
function cpuOf(pandu: RunningPandu): (mails: number) => { node: number; postgres: number } {
  const now = () => {
    const all = processesOf(pandu.pid, pandu.data)
    return { all: cpuMsOf(all), node: cpuMsOf([pandu.pid]) }
  }
  const before = now()
  return (mails) => {
    const after = now()
    const node = after.node - before.node
    return { node: node / mails, postgres: (after.all - before.all - node) / mails }
  }
}

/** How long a sender waits from its final dot to `250`, for a mail of 10 KB and of 25 MB. */
export async function measureDots(pandu: RunningPandu, result: Result, say: (line: string) => void): Promise<void> {
  result.dot = {}
  for (const [name, bytes, times] of [
    ['10kb', 10_000, 300],
    ['25mb', 25_000_000, 12],
  ] as const) {
    // prettier-ignore
    const sender = await MailSender.open(pandu.smtp_port)
    const line = `${'Lampiran '.repeat(8)}\r\n`
    const body = line.repeat(Math.ceil(bytes / line.length))
    const waits: number[] = []
    for (let turn = 0; turn < times; turn++)
      waits.push(await sender.send(`dot.${randomBytes(4).toString('hex')}`, body))
    sender.close()
    const { p50_ms, p99_ms } = quantiles(waits)
    result.dot[name] = {
      p50_ms: rounded(p50_ms, 1),
      p99_ms: rounded(p99_ms, 1),
      mails: times,
      load: rounded(loadavg()[0]!, 1),
    }
    say(`from the final dot to 250, ${name}: p50 ${p50_ms.toFixed(1)} ms, p99 ${p99_ms.toFixed(1)} ms (${times} mails)`)
  }
}
