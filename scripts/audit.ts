/**
 * Whether a weakness is known in what production runs on: asks the registry, as `npm audit --omit=dev` does. `node scripts/audit.ts` prints
 * one line; exit 0 nothing known, 1 something is, 3 the registry could not be asked (no network, or one that answers no such question).
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ANSWER_MS_MAX = 5_000

/** One that cannot be mended yet and does not reach us, in `scripts/advisories.json`; it is excused until its day and no longer. */
export interface Excused {
  /** GHSA-… */
  id: string
  reason: string
  /** YYYY-MM-DD */
  until: string
}
export interface Verdict {
  /** Advisories that nobody excused, as lines for people. */
  known: string[]
  excused: number
}
interface Via {
  title: string
  url: string
  severity: string
}

/** @param report what `npm audit --json` printed; null when that was no report. */
export function judge(report: string, excused: readonly Excused[], today: string): Verdict | null {
  const read = parse(report)
  if (!read?.vulnerabilities) return null
  const valid = new Set(excused.filter(({ until }) => today <= until).map(({ id }) => id))
  const found = Object.entries(read.vulnerabilities).flatMap(([name, { via }]) =>
    via
      .filter((one): one is Via => typeof one !== 'string')
      .map((one) => ({ name, ...one, id: one.url.split('/').at(-1)! })),
  )
  const known = found
    .filter(({ id }) => !valid.has(id))
    .map((one) => `${one.name}: ${one.title} (${one.severity}, ${one.id})`)
  return { known: [...new Set(known)], excused: found.length - found.filter(({ id }) => !valid.has(id)).length }
}

function parse(text: string): { vulnerabilities?: Record<string, { via: (string | Via)[] }> } | null {
  try {
    return JSON.parse(text) as ReturnType<typeof parse>
  } catch {
    return null
  }
}

if (import.meta.main) {
  const asked = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0'], {
    encoding: 'utf8',
    timeout: ANSWER_MS_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const excused = JSON.parse(readFileSync(join(import.meta.dirname, 'advisories.json'), 'utf8')) as Excused[]
  const verdict = judge(asked.stdout ?? '', excused, new Date().toISOString().slice(0, 10))
  if (verdict === null) {
    const why = asked.signal
      ? `did not answer within ${ANSWER_MS_MAX / 1000} s`
      : 'answers no question about advisories, or cannot be reached'
    console.log(`audit: skipped, because the package registry ${why}`)
    process.exitCode = 3
  } else {
    for (const line of verdict.known) console.error(`audit: ${line}`)
    console.log(
      `audit: ${verdict.known.length} weaknesses known in what production runs on, ${verdict.excused} excused`,
    )
    process.exitCode = verdict.known.length === 0 ? 0 : 1
  }
}
