/** Holds what Pandu has against what was promised, from outside: its tables, its own checks, and its sums by the API. */
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { withRunningApp } from '../../bench/site.ts'
import type { App } from '../../src/server/platform/app.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import type { Ledger } from './ledger.ts'
import { verb } from './ways.ts'

export interface Verdict {
  acknowledged: number
  lost: number
  doubled: number
  /** Nobody knows them: neither acknowledged nor sent again. */
  unexpected: number
  /** A retry was answered with another number than the first time, or with one that no ticket has. */
  contradicted: number
  /** Kept with its bytes, but put aside because processes died while reading it: somebody at the desk decides. */
  put_aside: number
  /** Requesters who were told the number never, or twice. */
  untold: number
  told_twice: number
  /** What `./pandu verify` and the sums of the ledger say. */
  faults: string[]
}

export interface Where {
  token: string
  /** Where the cluster lies, if not in Pandu's own data folder. */
  cluster?: string
  /** Settings for the verb, where the database is an outside one. */
  env?: Record<string, string>
}

/** A killed worker's jobs are free after 45 s; a mail that was being read after 30. */
const PATIENCE_MS = 120_000

/** Waits until everything is read and every job has run, then judges each ledger. Everything must have been sent by then. */
export async function judge(pandu: RunningPandu, ledgers: readonly Ledger[], where: Where): Promise<Verdict> {
  const verdicts = await withRunningApp(where.cluster ?? pandu.data, async (app) => {
    await untilSettled(app)
    return Promise.all(ledgers.map((ledger) => hold(app, ledger)))
  })
  const faults = [...(await verifyFaults(pandu, where)), ...(await summaryFaults(pandu, where, ledgers))]
  const sum = (count: (verdict: Omit<Verdict, 'faults'>) => number) =>
    verdicts.reduce((all, one) => all + count(one), 0)
  return {
    acknowledged: sum((one) => one.acknowledged),
    lost: sum((one) => one.lost),
    doubled: sum((one) => one.doubled),
    unexpected: sum((one) => one.unexpected),
    contradicted: sum((one) => one.contradicted),
    put_aside: sum((one) => one.put_aside),
    untold: sum((one) => one.untold),
    told_twice: sum((one) => one.told_twice),
    faults,
  }
}

/** Nothing that was promised is broken. One that was put aside is not lost, but none should have been. */
export const isSound = ({ acknowledged: _, faults, ...counts }: Verdict): boolean =>
  faults.length === 0 && Object.values(counts).every((count) => count === 0)

async function hold(app: App, { way, run, acknowledged, contradicted, unanswered }: Ledger) {
  const { rows } = await sql<{
    subject: string
    number: string
    told: number
  }>`select t.subject, t.number::text as number,
      (select count(*)::int from outbox o where o.about_id = t.id and o.kind = 'acknowledgement') as told
    from tickets t where t.subject like ${`%${run}.%`}`.execute(app.worker)
  const { rows: aside } = await sql<{ sender: string }>`select envelope_from as sender from intake_items
    where outcome = 'quarantined' and envelope_from like ${`p${run}.%`} and (raw is not null or in_blob)`.execute(
    app.worker,
  )
  const put_aside = new Set(aside.map((row) => row.sender))
  const found = Map.groupBy(rows, (row) => row.subject)
  const names = [...acknowledged.keys()]
  const expected = new Set([...names, ...unanswered].map(way.subjectOf))
  const wrong = names.filter((name) => {
    const number = acknowledged.get(name)
    return number && found.get(way.subjectOf(name))?.[0]?.number !== number
  })
  return {
    acknowledged: names.length,
    lost: names.filter((name) => !found.has(way.subjectOf(name)) && !put_aside.has(`p${name}@contoh.id`)).length,
    doubled: [...found.values()].filter((tickets) => tickets.length > 1).length,
    unexpected: [...found.keys()].filter((subject) => !expected.has(subject)).length,
    contradicted: new Set([...contradicted, ...wrong]).size,
    put_aside: put_aside.size,
    untold: rows.filter(({ told }) => told === 0).length,
    told_twice: rows.filter(({ told }) => told > 1).length,
  }
}

async function verifyFaults(pandu: RunningPandu, { env }: Where): Promise<string[]> {
  return verb(pandu, ['verify'], env).then(
    () => [],
    (error: Error) => [error.message.slice(0, 2_000)],
  )
}

type Sums = Record<string, number>

/** As a program asks for it: what was received is the sum of what became of it, and holds all that was acknowledged. */
async function summaryFaults(pandu: RunningPandu, { token }: Where, ledgers: readonly Ledger[]): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${pandu.port}/api/v1/intake/summary`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (answer.status !== 200) return [`/api/v1/intake/summary answers ${answer.status}`]
  const { by_channel, ...all } = (await answer.json()) as { by_channel: Record<string, Sums> } & Sums
  const faults: string[] = []
  for (const [name, { received = 0, ...others }] of Object.entries({ all: all as Sums, ...by_channel })) {
    const sum = Object.values(others).reduce((total, count) => total + count, 0)
    if (received !== sum) faults.push(`${name}: received ${received}, but the outcomes are ${sum}`)
    if (others['waiting']) faults.push(`${name}: ${others['waiting']} still wait`)
  }
  for (const [channel, of] of Map.groupBy(ledgers, ({ way }) => way.channel)) {
    const acknowledged = of.reduce((total, ledger) => total + ledger.acknowledged.size, 0)
    if ((by_channel[channel]?.['received'] ?? 0) < acknowledged)
      faults.push(`${channel}: ${acknowledged} were acknowledged, but ${by_channel[channel]?.['received']} received`)
  }
  return faults
}

/** Fails when nothing has become less for so long; thousands of mails may take their time. */
export async function untilSettled(app: App, patience_ms = PATIENCE_MS): Promise<void> {
  let deadline = Date.now() + patience_ms
  let fewest = Number.POSITIVE_INFINITY
  for (;;) {
    const { rows } = await sql<Sums>`select
      (select count(*) from intake_items where outcome is null)::int as items, (select count(*) from journal_pending)::int as facts,
      (select count(*) from graphile_worker.jobs where attempts < max_attempts)::int as jobs`.execute(app.worker)
    const waiting = rows[0]!
    const all = Object.values(waiting).reduce((sum, count) => sum + count, 0)
    if (all === 0) return
    if (all < fewest) deadline = Date.now() + patience_ms
    fewest = Math.min(fewest, all)
    if (Date.now() > deadline) throw new Error(`still waiting after ${patience_ms} ms: ${JSON.stringify(waiting)}`)
    await pause(200)
  }
}
