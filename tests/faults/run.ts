/**
 * npm run faults [-- NAME …]: breaks a real Pandu in every way we know, and holds it to what it promised. Writes
 * tests/faults/result.json; exit 1 when a promise was broken. PANDU_FAULTS_KILLS makes it shorter.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describeHardware } from '../../bench/result.ts'
import { buildPages } from '../e2e/start-pandu.ts'
import { crowd, cutAndDoubled, stopInTheMiddle } from './clients.ts'
import { fillDisk, killPostgres, stopPostgres } from './database.ts'
import { killAt, killAtRandom, killDuringForms } from './kills.ts'
import { sound, type Verdict } from './ledger.ts'

const kills = Number(process.env['PANDU_FAULTS_KILLS'] ?? 100)
const share = kills / 100
const plan = { kills, acknowledged: 10_000 * share }
const forms = { kills, acknowledged: 1_000 * share }
const RECOVERY_MS_MAX = 10_000

type Outcome = { passed: boolean; [what: string]: unknown }
const judged = <V extends Verdict>(verdict: V, more: (verdict: V) => boolean = () => true): Outcome => {
  const outcome: Outcome = { passed: sound(verdict) && more(verdict) }
  return Object.assign(outcome, verdict)
}
const quick = ({ back_ms }: { back_ms: number[] }) => back_ms.every((ms) => ms <= RECOVERY_MS_MAX)

const faults: Record<string, () => Promise<Outcome>> = {
  'kill-before-commit': async () => judged(await killAt('intake.before_commit', plan)),
  'kill-after-commit': async () => judged(await killAt('intake.after_commit', plan)),
  'kill-after-250': async () => judged(await killAt('intake.after_250', plan)),
  'kill-random': async () => judged(await killAtRandom(plan)),
  'kill-forms': async () => judged(await killDuringForms(forms)),
  'postgres-killed': async () => judged(await killPostgres(3), quick),
  'postgres-stopped': async () =>
    judged(
      await stopPostgres(Math.max(5, 60 * share)),
      (seen) =>
        quick(seen) &&
        seen.mail_answers.every((code) => code === '451' || code === '421') &&
        seen.form_status === 503 &&
        seen.form_keeps_text,
    ),
  'disk-full-database': () => onFullDisk('database'),
  'disk-full-blobs': () => onFullDisk('blobs'),
  crowd: async () => {
    const seen = await crowd(Math.max(500, 10_000 * share))
    return { passed: seen.page === 200 && seen.mail.endsWith('250'), ...seen }
  },
  'cut-and-doubled': async () =>
    judged(
      await cutAndDoubled(20),
      (seen) =>
        seen.cut_tickets === 0 && seen.page_after === 200 && seen.parallel_statuses.every((status) => status === 303),
    ),
  'stop-in-the-middle': async () =>
    judged(await stopInTheMiddle(), (seen) => seen.exit_code === 0 && seen.stop_ms <= 30_000),
}

async function onFullDisk(what: 'database' | 'blobs'): Promise<Outcome> {
  const seen = await fillDisk(what)
  if (!seen) return { passed: true, skipped: 'needs the right to mount a small disk (root)' }
  return judged(seen, ({ answers_when_full }) => answers_when_full.some((answer) => answer !== '250'))
}

const PATH = new URL('./result.json', import.meta.url)
const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in faults))
if (unknown) {
  console.error(`npm run faults: there is no fault "${unknown}"; there are: ${Object.keys(faults).join(' ')}`)
  process.exit(2)
}
const result = existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Record<string, unknown>) : {}
result['hardware'] = describeHardware()
await buildPages()
let broken = 0
for (const [name, run] of Object.entries(faults)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const begun = Date.now()
  const outcome = await run().catch((error: unknown): Outcome => ({
    passed: false,
    error: String(error).slice(0, 2_000),
  }))
  if (!outcome.passed) broken++
  result[name] = { ...outcome, seconds: Math.round((Date.now() - begun) / 1_000) }
  console.log(name, JSON.stringify(result[name]))
  writeFileSync(PATH, JSON.stringify(result, null, 2) + '\n')
}
console.log(broken === 0 ? 'every promise was kept' : `${broken} promises were broken`)
process.exitCode = broken === 0 ? 0 : 1
