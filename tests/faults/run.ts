/**
 * npm run faults [-- NAME …]: breaks a real Pandu in every way we know, and holds it to what it promised. Each fault has a Pandu of its
 * own. Writes tests/faults/result.json as it goes; exit 1 when a promise was broken. PANDU_FAULTS_SHARE=0.1 makes it shorter.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describeHardware } from '../../bench/result.ts'
import type { FaultPoint } from '../../src/server/platform/fault.ts'
import { buildPages, startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { cutWire, holdTickets, isRight, killPostgres, stopPostgres, type Heard } from './away.ts'
import { crowd, cutOff, doubleAtOnce, hugeThings, isServed, slowClients } from './clients.ts'
import { jumpClock } from './clock.ts'
import { disks, fillDisks, isRightWhenFull } from './disks.ts'
import { dyingDisk, isRightWhenDying, killInMigrations, otherLocale } from './starts.ts'
import { killAt, killAtRandom, killHalfWay, type Tell } from './kills.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { openOutside, type Outside, type Wire } from './outside.ts'
import { stopInTheMiddle } from './stops.ts'
import { isSound, judge } from './verdict.ts'
import { apiToken, byApi, byForm, byMail, bySms } from './ways.ts'
import {
  answerAllStrangers,
  areAnswered,
  openStandInGateway,
  textsSent,
  withoutGateway,
  type StandInGateway,
} from './texts.ts'
import { TAKEN_OVER_MAX_MS, twoWorkers, workerDies } from './workers.ts'

const share = Number(process.env['PANDU_FAULTS_SHARE'] ?? 1)
const times = (count: number, least = 3) => Math.max(least, Math.round(count * share))

interface Outcome {
  passed: boolean
  skipped?: string
  [seen: string]: unknown
}
type Ledgers = readonly [Ledger, Ledger, Ledger]
interface Broken {
  pandu: RunningPandu
  outside: Outside
  ledgers: Ledgers
  tell: Tell
}

const SETTINGS = { PANDU_LOG: 'error', PANDU_TRUSTED_PROXIES: '127.0.0.1' }

/** A Pandu with its own PostgreSQL; `work` breaks it and answers what was seen, then the ledgers are held against it. */
async function broken(
  tell: Tell,
  work: (given: Omit<Broken, 'outside'>) => Promise<Record<string, unknown>>,
  isAsPromised: (seen: Record<string, unknown>) => boolean = () => true,
): Promise<Outcome> {
  const pandu = await startPandu({ env: SETTINGS })
  try {
    const token = await apiToken(pandu)
    const ledgers: Ledgers = [openLedger(byMail), openLedger(byForm), openLedger(byApi(token))]
    const seen = await work({ pandu, ledgers, tell })
    const verdict = await judge(pandu, ledgers, { token })
    return { passed: isSound(verdict) && isAsPromised(seen), ...seen, ...verdict }
  } finally {
    await pandu.stop({ keep: false })
  }
}

/** The same with an outside PostgreSQL behind a wire. */
async function brokenOutside<Seen extends object>(
  tell: Tell,
  work: (given: Broken) => Promise<Seen>,
  isAsPromised: (seen: Seen) => boolean = () => true,
): Promise<Outcome> {
  const outside = await openOutside()
  try {
    const pandu = await startPandu({ env: { ...SETTINGS, ...outside.env } })
    try {
      const token = await apiToken(pandu, outside.direct)
      const ledgers: Ledgers = [openLedger(byMail), openLedger(byForm), openLedger(byApi(token))]
      const seen = await work({ pandu, outside, ledgers, tell })
      const verdict = await judge(pandu, ledgers, { token, cluster: outside.cluster, env: outside.direct })
      const passed = isSound(verdict) && isAsPromised(seen)
      return { passed, ...(seen as Record<string, unknown>), ...verdict }
    } finally {
      await pandu.stop({ keep: false })
    }
  } finally {
    await outside.end()
  }
}

const wire = (state: Wire) => (tell: Tell) =>
  brokenOutside<Heard>(
    tell,
    ({ pandu, outside, ledgers }) => cutWire(pandu, outside, ledgers, { wire: state, away_seconds: times(30, 2) }),
    isRight,
  )

/** Texts alone, in by Kannel's door and out to a gateway that stands here; each acknowledged one is answered once. */
async function brokenTexts(
  work: (given: { pandu: RunningPandu; ledger: Ledger; gateway: StandInGateway }) => Promise<object>,
): Promise<Outcome> {
  const gateway = await openStandInGateway()
  const pandu = await startPandu({ env: { ...SETTINGS, PANDU_SMS_GATEWAY: gateway.line } })
  try {
    const token = await apiToken(pandu)
    await answerAllStrangers(pandu)
    const ledger = openLedger(bySms)
    const seen = await work({ pandu, ledger, gateway })
    const verdict = await judge(pandu, [ledger], { token })
    const sent = await textsSent(pandu, gateway)
    return { passed: isSound(verdict) && areAnswered(sent, ledger), ...seen, ...sent, ...verdict }
  } finally {
    await pandu.stop({ keep: false })
    await gateway.end()
  }
}

const killTextsAt = (point: FaultPoint) => (tell: Tell) =>
  brokenTexts(({ pandu, ledger }) => killAt(pandu, ledger, point, times(30), tell))

/** Texts come in while the gateway is away, or takes them and never answers. */
const gatewayGone = (state: 'away' | 'half_open') => () =>
  brokenTexts(async ({ pandu, ledger, gateway }) => {
    const gone = await withoutGateway(pandu, ledger, gateway, state, times(100, 20))
    return { ...gone }
  })

/** What cannot be done on this machine: told, and counted, never silent. */
const skipped = (reason: string): Outcome => ({ passed: true, skipped: reason })

const faults: Record<string, (tell: Tell) => Promise<Outcome>> = {
  'kill-before-commit': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killAt(pandu, ledgers[0], 'intake.before_commit', times(100), tell)),
  'kill-after-commit': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killAt(pandu, ledgers[0], 'intake.after_commit', times(100), tell)),
  'kill-after-250': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killAt(pandu, ledgers[0], 'intake.after_250', times(100), tell)),
  'kill-random-mail': (tell) =>
    broken(tell, ({ pandu, ledgers }) =>
      killAtRandom(pandu, ledgers.slice(0, 1), { kills: times(100), acknowledged: times(10_000), senders: 8 }, tell),
    ),
  'kill-random-form': (tell) =>
    broken(tell, ({ pandu, ledgers }) =>
      killAtRandom(pandu, ledgers.slice(1, 2), { kills: times(30), acknowledged: times(1_000) }, tell),
    ),
  'kill-random-api': (tell) =>
    broken(tell, ({ pandu, ledgers }) =>
      killAtRandom(pandu, ledgers.slice(2), { kills: times(30), acknowledged: times(1_000) }, tell),
    ),
  'kill-api-before-commit': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killAt(pandu, ledgers[2], 'api.before_commit', times(30), tell)),
  'kill-api-after-commit': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killAt(pandu, ledgers[2], 'api.after_commit', times(30), tell)),
  'kill-half-way': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killHalfWay(pandu, [ledgers[0], ledgers[1]], times(10))),
  'kill-in-migration': async () => {
    const seen = await killInMigrations(times(100))
    return { passed: seen.faults.length === 0, ...seen }
  },
  'postgres-killed': (tell) =>
    broken(tell, ({ pandu, ledgers }) => killPostgres(pandu, ledgers, { times: times(12), tell }), seenQuick),
  'postgres-stopped': (tell) =>
    brokenOutside<Heard>(
      tell,
      ({ pandu, outside, ledgers }) => stopPostgres(pandu, outside, ledgers, times(180, 2)),
      isRight,
    ),
  'wire-reset': wire('reset'),
  'wire-dropped': wire('dropped'),
  'wire-one-way': wire('one_way'),
  'wire-slow': wire('slow'),
  'tickets-locked': (tell) =>
    brokenOutside(
      tell,
      ({ pandu, outside }) => holdTickets(pandu, outside, { askers: times(200, 40) }),
      ({ mail, pages, longest_ms, page_after }) =>
        mail.every((code) => code === '250') &&
        Object.keys(pages).join() === '503' &&
        longest_ms < 30_000 &&
        page_after === 200,
    ),
  'disks-full': async () => {
    const seen = await fillDisks()
    if ('skipped' in seen) return skipped(seen.skipped)
    const right = disks.every((disk) => isRightWhenFull(disk, seen.heard[disk]))
    return { passed: right && isSound(seen.verdict), ...seen.heard, ...seen.verdict }
  },
  'disk-dying': (tell) =>
    broken(
      tell,
      async ({ pandu, ledgers }) => ({ heard: await dyingDisk(pandu, ledgers) }),
      ({ heard }) => isRightWhenDying(heard as Awaited<ReturnType<typeof dyingDisk>>),
    ),
  crowd: (tell) =>
    broken(
      tell,
      async ({ pandu }) => ({ ...(await crowd(pandu, times(10_000, 500))) }),
      ({ during, after }) => [during, after].every((served) => isServed(served as Parameters<typeof isServed>[0])),
    ),
  'slow-clients': (tell) =>
    broken(
      tell,
      async ({ pandu }) => ({ ...(await slowClients(pandu, times(1_000, 60), times(80, 5))) }),
      ({ served }) => isServed(served as Parameters<typeof isServed>[0]),
    ),
  'huge-things': (tell) =>
    broken(
      tell,
      async ({ pandu }) => ({ ...(await hugeThings(pandu)) }),
      ({ mail, memory_mb }) => {
        const heard = mail as Record<string, string>
        const { before, most } = memory_mb as { before: number; most: number }
        return (
          heard['26214400'] === '250' && heard['26214401'] === '552' && heard['poured'] !== '250' && most < before + 300
        )
      },
    ),
  'cut-off': (tell) => broken(tell, ({ pandu, ledgers }) => cutOff(pandu, [ledgers[0], ledgers[1]], times(50))),
  'doubled-at-once': (tell) =>
    broken(
      tell,
      async ({ pandu, ledgers }) => {
        const all = []
        for (let turn = 0; turn < times(20); turn++) all.push(await doubleAtOnce(pandu, ledgers, 10))
        return {
          mail: [...new Set(all.flatMap(({ mail }) => mail))],
          form: [...new Set(all.flatMap(({ form }) => form))],
          api: [...new Set(all.flatMap(({ api }) => api))],
        }
      },
      ({ mail, form, api }) =>
        String(mail) === '250' &&
        String(form) === '303' &&
        (api as number[]).every((code) => code === 201 || code === 409),
    ),
  'two-workers': (tell) =>
    brokenOutside(tell, ({ pandu, outside, ledgers }) => twoWorkers(pandu, outside, ledgers, times(60, 3))),
  'worker-killed': (tell) =>
    brokenOutside(
      tell,
      ({ pandu, outside, ledgers }) =>
        workerDies(
          pandu,
          outside,
          ledgers.slice(0, 1),
          Array.from({ length: times(10, 2) }, (_, turn) => (turn % 2 ? 'worker.after_work' : 'worker.before_work')),
        ),
      ({ taken_over_ms }) => taken_over_ms.every((ms) => ms <= TAKEN_OVER_MAX_MS),
    ),
  'clock-jumps': async () => {
    const seen = await jumpClock()
    if ('skipped' in seen) return skipped(seen.skipped)
    return { passed: isSound(seen.verdict), settled_ms: seen.settled_ms, ...seen.verdict }
  },
  'stop-in-the-middle': (tell) =>
    broken(
      tell,
      async ({ pandu, ledgers }) => {
        const stopped = []
        for (let turn = 0; turn < times(5, 1); turn++)
          stopped.push(await stopInTheMiddle(pandu, [ledgers[0], ledgers[1]]))
        return { stopped }
      },
      ({ stopped }) =>
        (stopped as Awaited<ReturnType<typeof stopInTheMiddle>>[]).every(
          ({ exit_code, stop_ms, mail, upload }) =>
            exit_code === 0 && stop_ms <= 30_000 && mail?.startsWith('250') && upload === '303',
        ),
    ),
  'kill-after-stop': (tell) =>
    broken(tell, async ({ pandu, ledgers }) => {
      const stopped = []
      for (let turn = 0; turn < times(5, 1); turn++)
        stopped.push(await stopInTheMiddle(pandu, [ledgers[0], ledgers[1]], 1_000))
      return { stopped }
    }),
  'other-locale': (tell) =>
    broken(
      tell,
      async ({ pandu, ledgers }) => ({ locales: await otherLocale(pandu, ledgers[2]) }),
      ({ locales }) => Object.values(locales as Record<string, string>).every((answer) => answer === 'the same'),
    ),
  'kill-texts-after-parts': killTextsAt('texts.after_parts'),
  'kill-texts-before-commit': killTextsAt('texts.before_commit'),
  'kill-texts-after-commit': killTextsAt('texts.after_commit'),
  'kill-texts-after-receipts': killTextsAt('texts.after_receipts'),
  'kill-texts-handed': killTextsAt('texts.handed'),
  'kill-texts-after-send': killTextsAt('texts.after_send'),
  'texts-gateway-away': gatewayGone('away'),
  'texts-gateway-half-open': gatewayGone('half_open'),
  'referral-killed': () =>
    Promise.resolve(
      skipped('each step of a referral is killed in src/server/referrals/kill.test.ts, which npm test runs'),
    ),
}

function seenQuick({ back_ms }: Record<string, unknown>): boolean {
  return (back_ms as number[]).every((ms) => ms <= 10_000)
}

// Whoever stops the run leaves no Pandu behind: what was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const PATH = new URL('./result.json', import.meta.url)
const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in faults))
if (unknown) {
  console.error(`npm run faults: there is no fault "${unknown}"; there are: ${Object.keys(faults).join(' ')}`)
  process.exit(2)
}
const commitOf = () => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'not a checkout'
  }
}

type Results = Record<string, unknown> & { faults: Record<string, Outcome> }
const before = existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Partial<Results>) : {}
const results: Results = { hardware: describeHardware(), faults: before.faults ?? {} }
await buildPages()
const counts = { kept: 0, broken: 0, skipped: 0 }
for (const [name, run] of Object.entries(faults)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const begun = Date.now()
  const tell: Tell = (line) => console.log(`  ${name}: ${line}`)
  console.log(`${name} …`)
  const outcome = await run(tell).catch((error: unknown): Outcome => ({
    passed: false,
    error: String(error).slice(0, 2_000),
  }))
  counts[!outcome.passed ? 'broken' : 'skipped' in outcome ? 'skipped' : 'kept']++
  results.faults[name] = {
    ...outcome,
    share,
    seconds: Math.round((Date.now() - begun) / 1_000),
    date: new Date().toISOString(),
    commit: commitOf(),
  }
  console.log(name, JSON.stringify(results.faults[name]))
  writeFileSync(PATH, JSON.stringify(results, null, 2) + '\n')
}
const reasons = Object.entries(results.faults)
  .filter(([name, outcome]) => 'skipped' in outcome && (asked.length === 0 || asked.includes(name)))
  .map(([name, outcome]) => `${name} (${String(outcome['skipped'])})`)
console.log(
  `${counts.kept} kept, ${counts.broken} broken, ${counts.skipped} skipped${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
)
process.exitCode = counts.broken === 0 ? 0 : 1
