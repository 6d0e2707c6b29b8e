import { readFile } from 'node:fs/promises'
import { read, system } from '../server/platform/context.ts'
import {
  exampleScenario,
  firstPolicy,
  fitScenario,
  Scenario,
  simulate,
  withOneMore,
  type Simulated,
  type Times,
} from '../server/referrals/index.ts'
import { provinceFacts } from '../server/regions/index.ts'
import { showProgress } from './show-progress.ts'
import { withApp } from './with-app.ts'
import { wrongUsage, type Call, type Verb } from './verb.ts'

const usage = './pandu simulate FILE|--last-year [--one-more PROVINCE] [--json]   |   ./pandu simulate --example|--fit'

export const simulateNetwork: Verb = {
  usage,
  about: `What a network of helpers would do with a year of requests: waiting, load, what nobody can take.
It decides by the same rules as the desk and reckons in everybody's own working hours; nothing is written to the database.
FILE is described in docs/simulate.md; --example prints one to begin with, --fit one that is fitted from the last year of this Pandu, and
--last-year runs that one at once. --one-more PROVINCE (a code such as 94) runs it again with one
more partner there and prints both. The same file gives the same figures again.
Exit 0 when it ran, 1 when FILE cannot be read or says something wrong, or when nothing was asked in the last year.`,
  async run(call) {
    const { words } = call
    if (words.length === 1 && words[0] === '--example') {
      console.log(JSON.stringify(exampleScenario(), null, 2))
      return 0
    }
    if (words.length === 1 && words[0] === '--fit') {
      const fitted = await fit(call)
      if (typeof fitted === 'string') return failed(fitted)
      console.log(JSON.stringify(fitted, null, 2))
      return 0
    }
    const rest = [...words]
    const json = take(rest, '--json')
    const last_year = take(rest, '--last-year')
    const at = rest.indexOf('--one-more')
    const [, province] = at === -1 ? [] : rest.splice(at, 2)
    const [file, unknown] = rest
    if (at !== -1 && !provinceFacts.has(province ?? ''))
      return wrongUsage({ usage }, `--one-more needs the code of a province, such as 94`)
    if (last_year ? file : !file || file.startsWith('-'))
      return wrongUsage({ usage }, file ? `simulate knows no ${file}` : 'simulate needs a file')
    if (unknown) return wrongUsage({ usage }, `simulate knows no ${unknown}`)

    const scenario = file ? await readScenario(file) : await fit(call)
    if (typeof scenario === 'string') return failed(scenario)
    const run = (given: Scenario, name: string) => {
      const progress = showProgress()
      try {
        return simulate(given, firstPolicy, (requests) => progress(`${name}: ${requests} requests`))
      } finally {
        progress.done()
      }
    }
    const result = run(scenario, 'simulating')
    const one_more = province ? run(withOneMore(scenario, province), 'with one more') : null
    if (json)
      console.log(JSON.stringify({ name: scenario.name, policy: firstPolicy, ...result, ...(one_more ? { one_more: { province, ...one_more } } : {}) })) // prettier-ignore
    else tell(scenario, result, one_more && { province: province!, ...one_more })
    return 0
  },
}

function failed(sentence: string): number {
  console.error(`pandu: ${sentence}`)
  return 1
}

/** The last year of this Pandu as a scenario, or why there is none. */
async function fit(call: Call): Promise<Scenario | string> {
  const fitted = await withApp(call, (app) => read(app, system, fitScenario))
  return fitted === null
    ? 'nobody asked anything in the last year whose place is known, so there is nothing to fit; begin with ./pandu simulate --example'
    : Scenario.parse(fitted)
}

function take(words: string[], word: string): boolean {
  const at = words.indexOf(word)
  if (at !== -1) words.splice(at, 1)
  return at !== -1
}

/** The scenario, or what is wrong with the file in one line each. */
async function readScenario(file: string): Promise<Scenario | string> {
  let given: unknown
  try {
    given = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    return `${file} cannot be read: ${(error as Error).message}`
  }
  const read = Scenario.safeParse(given)
  if (read.success) return read.data
  const lines = read.error.issues.slice(0, 20).map((issue) => `  ${issue.path.join('.') || '(all)'}: ${issue.message}`)
  return [`${file} is no scenario (docs/simulate.md):`, ...lines].join('\n')
}

function tell(scenario: Scenario, result: Simulated, one_more: ({ province: string } & Simulated) | null) {
  const columns: [string, Simulated][] = [['now', result]]
  if (one_more) columns.push([`one more in ${one_more.province}`, one_more])
  const line = (name: string, of: (one: Simulated) => string | number) =>
    console.log(`${name.padEnd(34)}${columns.map(([, one]) => String(of(one)).padStart(20)).join('')}`)
  console.log(`${scenario.name || 'Simulation'}: ${scenario.days} days from ${scenario.from}, policy ${firstPolicy.version}, seed ${scenario.seed}\n`) // prettier-ignore
  console.log(`${''.padEnd(34)}${columns.map(([title]) => title.padStart(20)).join('')}`)
  line('requests', (one) => one.requests)
  line('  answered by providers', (one) => one.answered - one.answered_by_secretariat)
  line('  answered by the secretariat', (one) => one.answered_by_secretariat)
  line('  nobody could take it', (one) => one.unmet)
  line('  under way at the end', (one) => one.under_way)
  line('until somebody takes it, half', (one) => span(one.until_accepted, 'p50_minutes'))
  line('  19 of 20 within', (one) => span(one.until_accepted, 'p95_minutes'))
  line('until the answer, half', (one) => span(one.until_answered, 'p50_minutes'))
  line('  19 of 20 within', (one) => span(one.until_answered, 'p95_minutes'))
  line('on the secretary’s screen', (one) => one.secretary.items)
  line('  on half of the days at most', (one) => one.secretary.items_a_day.p50)
  line('  on 19 of 20 days at most', (one) => one.secretary.items_a_day.p95)
  line('  on the fullest day', (one) => one.secretary.items_a_day.most)
  console.log(
    '\nprovider                                    offers  share  taken  declined  silent  returned  answered',
  )
  for (const { name, offers, share, accepted, declined, expired, returned, answered } of result.providers)
    console.log(
      `${name.slice(0, 42).padEnd(42)}${col(offers, 8)}${col(`${(share * 100).toFixed(1)} %`, 7)}${col(accepted, 7)}${col(declined, 10)}${col(expired, 8)}${col(returned, 10)}${col(answered, 10)}`,
    )
  if (result.unmet_demand.length > 0) console.log('\nnobody could take it: province, competence, kind, requests')
  for (const { province, competence, kind, requests } of result.unmet_demand.slice(0, 20))
    console.log(`  ${province}  ${(competence ?? '-').padEnd(24)}${kind.padEnd(6)}${col(requests, 8)}`)
}

const col = (value: string | number, width: number) => String(value).padStart(width)

/** Minutes of the calendar in the unit that a person would say. */
function span(times: Times, part: keyof Times): string {
  const minutes = times[part]
  if (minutes === null) return '-'
  if (minutes < 120) return `${minutes} min`
  return minutes < 48 * 60 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1_440).toFixed(1)} days`
}
