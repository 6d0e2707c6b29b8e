/**
 * npm run bench                      everything: 10k 100k 1m intake sms create pages wall memory start decide
 * npm run bench -- 10k pages         only these
 * PANDU_BENCH_DATA=folder            keeps the seeded folders there, so that a second run need not seed again
 * Prints a table and writes bench/result.json (parts that did not run keep their figures).
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildPages, type RunningPandu } from '../tests/e2e/start-pandu.ts'
import { measureDots, measureIntake } from './mail-bench.ts'
import { measureApi, measurePages, measureWebForms } from './page-bench.ts'
import { measureDecide, measureDecideBeside } from './decide-bench.ts'
import { measureReads } from './read-bench.ts'
import { measureSms } from './sms-bench.ts'
import { measureWall } from './wall-bench.ts'
import { memoryOf, processesOf } from './processes.ts'
import { describeHardware, readResult, rounded, sizes, writeResult, type Result, type Size } from './result.ts'
import { seed } from './seed.ts'
import { startMeasured } from './site.ts'

const IDLE_MS = 15_000
const LOAD_MS = process.env['PANDU_BENCH_SHORT'] === undefined ? 600_000 : 20_000
const STARTS = 7

const kept = process.env['PANDU_BENCH_DATA']
const scratch = kept ?? mkdtempSync(join(tmpdir(), 'pandu-bench-'))
const say = (line: string) => console.log(line)

// The database of a Pandu that root starts runs as another user, below this folder.
function folder(name: string): string {
  const path = join(scratch, name)
  mkdirSync(path, { recursive: true })
  chmodSync(scratch, 0o755)
  chmodSync(path, 0o755)
  return path
}

async function onSeeded(
  size: Size,
  work: (pandu: RunningPandu, seeded: Awaited<ReturnType<typeof seed>>) => Promise<void>,
) {
  const data = folder(size)
  const seeded = await seed(data, sizes[size], say)
  const pandu = await startMeasured(data)
  try {
    await work(pandu, seeded)
  } finally {
    await pandu.stop({ keep: true })
  }
}

/** PANDU_BENCH_WALL names the sizes on which the wall is measured. */
const wallSizes = (process.env['PANDU_BENCH_WALL'] ?? '10k').split(' ').filter((name): name is Size => name in sizes)

/** PANDU_BENCH_DECIDE names the seeded sizes beside which decisions are measured; without it they have a database of their own. */
const decideSizes = (process.env['PANDU_BENCH_DECIDE'] ?? '').split(' ').filter((name): name is Size => name in sizes)

const readsOn = (size: Size) => (result: Result) =>
  onSeeded(size, (pandu, seeded) => measureReads(pandu.data, size, seeded, pandu, result, say))

async function onFresh(work: (pandu: RunningPandu) => Promise<void>) {
  const data = mkdtempSync(join(folder('fresh'), 'run-'))
  chmodSync(data, 0o755)
  const pandu = await startMeasured(data)
  try {
    await work(pandu)
  } finally {
    await pandu.stop({ keep: true })
    rmSync(data, { recursive: true, force: true })
  }
}

const short = process.env['PANDU_BENCH_SHORT'] !== undefined
const mailPlan = short
  ? { bare_seconds: 2, closed_seconds: 3, rates: [50, 100], rate_seconds: 3, long_seconds: 5 }
  : { bare_seconds: 8, closed_seconds: 30, rates: [200, 400, 500, 600, 700, 800, 900, 1_000, 1_100, 1_200], rate_seconds: 12, long_seconds: 120 } // prettier-ignore

const smsPlan = short
  ? { texts: 500, seconds: 3, rates: [100, 300], rate_seconds: 4 }
  : { texts: 4_000, seconds: 10, rates: [100, 200, 300, 400, 500, 600, 800, 1_000], rate_seconds: 15 }

const parts: Record<string, (result: Result) => Promise<void>> = {
  '10k': readsOn('10k'),
  '100k': readsOn('100k'),
  '1m': readsOn('1m'),
  intake: (result) =>
    onFresh(async (pandu) => {
      await measureIntake(pandu, mailPlan, result, say)
      await measureDots(pandu, result, say)
    }),
  sms: (result) => onFresh((pandu) => measureSms(pandu, smsPlan, result, say)),
  create: (result) =>
    onFresh(async (pandu) => {
      await measureWebForms(pandu, result, say)
      await measureApi(pandu, result, say)
    }),
  pages: (result) => onSeeded('10k', (pandu, seeded) => measurePages(pandu, seeded.follow_token, result, say)),
  wall: async (result) => {
    for (const size of wallSizes)
      await onSeeded(size, (pandu, seeded) => measureWall(pandu.data, size, seeded, result, say))
  },
  memory: measureMemory,
  start: measureStart,
  decide: async (result) => {
    if (decideSizes.length === 0) await measureDecide(mkdtempSync(join(folder('fresh'), 'decide-')), result, say)
    for (const size of decideSizes) await onSeeded(size, (pandu) => measureDecideBeside(pandu.data, size, result, say))
  },
}

/**
 * PSS of node and every PostgreSQL process: after a quarter of a minute without work, and the most while pages and forms run for ten
 * minutes. Flat means that the median of the last two minutes is not above that of the second two (the first two fill the caches).
 */
async function measureMemory(result: Result) {
  await onSeeded('10k', async (pandu, seeded) => {
    await pause(IDLE_MS)
    const now = () => memoryOf(processesOf(pandu.pid, pandu.data))
    const idle_mb = now()
    const seen: number[] = []
    const looking = setInterval(() => seen.push(now()), 1_000)
    const until = performance.now() + LOAD_MS
    const unkept: Result = {}
    try {
      while (performance.now() < until) {
        await measurePages(pandu, seeded.follow_token, unkept, () => undefined)
        await measureWebForms(pandu, unkept, () => undefined)
      }
    } finally {
      clearInterval(looking)
    }
    const load_mb = Math.max(idle_mb, ...seen)
    const fifth = Math.floor(seen.length / 5)
    const median = (part: number[]) => part.toSorted((a, b) => a - b)[part.length >> 1] ?? Number.NaN
    const [early, late] = [median(seen.slice(fifth, 2 * fifth)), median(seen.slice(-fifth))]
    result.memory = { idle_mb: rounded(idle_mb, 0), load_mb: rounded(load_mb, 0) }
    say(`memory        idle ${idle_mb.toFixed(0)} MB, under load at most ${load_mb.toFixed(0)} MB, early ${early.toFixed(0)} MB, late ${late.toFixed(0)} MB (PSS of all processes, ${(LOAD_MS / 60_000).toFixed(0)} minutes)`) // prettier-ignore
  })
}

/** Until /readyz says that all of it is usable, the pages built before. */
async function measureStart(result: Result) {
  const data = mkdtempSync(join(folder('fresh'), 'start-'))
  chmodSync(data, 0o755)
  const started: number[] = []
  const stopped: number[] = []
  for (let turn = 0; turn < STARTS; turn++) {
    const begun = performance.now()
    const pandu = await startMeasured(data)
    started.push(performance.now() - begun)
    await pause(500)
    const ending = performance.now()
    const code = await pandu.stop({ keep: true })
    stopped.push(performance.now() - ending)
    if (code !== 0) throw new Error(`stopping answered ${code}`)
  }
  rmSync(data, { recursive: true, force: true })
  const middle = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!
  const [first = 0, ...again] = started
  result.start = { first_ms: rounded(first, 0), again_ms: rounded(middle(again), 0) }
  say(`start         first ${first.toFixed(0)} ms, again ${middle(again).toFixed(0)} ms (median of ${again.length}), stop ${middle(stopped).toFixed(0)} ms`) // prettier-ignore
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in parts))
if (unknown) {
  console.error(`npm run bench: there is no part "${unknown}"; there are: ${Object.keys(parts).join(' ')}`)
  process.exit(2)
}
const result = readResult()
result.hardware = describeHardware()
say(`\n${Object.entries(result.hardware).map(([name, value]) => `${name}: ${value}`).join('\n')}\n`) // prettier-ignore
await buildPages()
try {
  for (const [name, measure] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    say(
      `== ${name}  (load ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')})`,
    )
    await measure(result)
    writeResult(result)
  }
} finally {
  if (!kept) rmSync(scratch, { recursive: true, force: true })
}
