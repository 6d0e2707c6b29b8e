import { expect, test } from 'vitest'
import type { z } from 'zod'
import { firstPolicy } from '../policy.ts'
import { exampleScenario } from './example.ts'
import { Scenario, withOneMore } from './scenario.ts'
import { simulate, type Simulated } from './simulate.ts'

type Given = z.input<typeof Scenario>
type GivenProvider = Given['providers'][number]

const provider = (name: string, given: Partial<GivenProvider> = {}): GivenProvider => ({
  name,
  standing: 'member',
  regions: ['33'],
  competences: { libreoffice: 3 },
  capacity_per_week: 50,
  time_zone: 'Asia/Jakarta',
  ...given,
})
const scenario = (providers: GivenProvider[], given: Partial<Given> = {}) =>
  Scenario.parse({
    seed: 'uji',
    from: '2027-01-04',
    days: 84,
    requests: { total: 600, regions: { '33': 1 }, competences: { 'libreoffice/2': 1 }, paid: 0 },
    providers,
    ...given,
  })
const run = (given: Scenario) => simulate(given, firstPolicy)
const sum = (result: Simulated, of: 'offers' | 'accepted' | 'declined' | 'expired' | 'returned' | 'answered') =>
  result.providers.reduce((all, one) => all + one[of], 0)

test('each request ends as one thing, and each offer too', () => {
  const given = exampleScenario()
  const result = run(Scenario.parse({ ...given, days: 28, requests: { ...given.requests, total: 3_000 } }))
  expect(result.requests).toBe(3_000)
  expect(result.answered + result.unmet + result.under_way).toBe(3_000)
  expect(result.unmet).toBe(result.unmet_demand.reduce((all, row) => all + row.requests, 0))
  expect(sum(result, 'answered') + result.answered_by_secretariat).toBe(result.answered)
  const open_offers = sum(result, 'offers') - sum(result, 'accepted') - sum(result, 'declined') - sum(result, 'expired')
  expect(open_offers).toBeGreaterThanOrEqual(0)
  expect(open_offers).toBeLessThanOrEqual(result.under_way)
  const { items, by_kind } = result.secretary
  expect(items).toBe(Object.values(by_kind).reduce((all, count) => all + count, 0))
})

test('working days with 400 requests leave at most 80 items on the secretary’s screen', () => {
  const given = exampleScenario()
  // The example has 346 requests on a working day; a network with a sixth more of them has a sixth more people.
  const providers = given.providers.map((one) => ({
    ...one,
    capacity_per_week: Math.round(one.capacity_per_week * 1.16),
  }))
  // Nine of ten come on the twenty working days of these four weeks. A whole year of them: docs/simulate.md.
  const requests = { ...given.requests, total: 8_889 }
  const { secretary } = run(Scenario.parse({ ...given, providers, days: 28, requests }))
  expect(secretary.items).toBeGreaterThan(0)
  expect(secretary.items_a_day.most).toBeLessThanOrEqual(80)
})

test('the same file gives the same figures; another seed other ones', () => {
  const given = scenario([provider('Satu'), provider('Dua')])
  expect(run(given)).toEqual(run(given))
  expect(run({ ...given, seed: 'lain' })).not.toEqual(run(given))
})

test('equal providers share equally, and a provider that keeps half of its promises gets about half', () => {
  const shares = (result: Simulated) => result.providers.map((one) => one.share)
  const [one, two, three] = shares(run(scenario([provider('Satu'), provider('Dua'), provider('Tiga')])))
  for (const share of [one, two, three]) expect(share).toBeCloseTo(1 / 3, 1)

  const unreliable = provider('Sering diam', { answers: { silent: 0.6, accepts: 0.85 } })
  const result = run(scenario([provider('Satu'), unreliable], { days: 168, requests: { total: 2_000, regions: { '33': 1 }, competences: { none: 1 } } })) // prettier-ignore
  const [sound, silent] = shares(result) as [number, number]
  expect(silent / sound).toBeGreaterThan(0.3)
  expect(silent / sound).toBeLessThan(0.8)
})

test('what nobody can do is counted where and for what; the secretariat takes free help only', () => {
  const requests: Given['requests'] = {
    list: [
      { at: '2027-01-05T02:00:00Z', region: '94.01', competence: { code: 'libreoffice', level: 2 }, kind: 'paid' },
      { at: '2027-01-05T02:00:00Z', region: '94.01', competence: { code: 'libreoffice', level: 2 } },
      { at: '2028-01-05T02:00:00Z', region: '94.01' },
    ],
  }
  const result = run(scenario([provider('Satu')], { requests }))
  expect(result).toMatchObject({ requests: 2, unmet: 1, answered_by_secretariat: 1 })
  expect(result.unmet_demand).toEqual([{ province: '94', competence: 'libreoffice', kind: 'paid', requests: 1 }])
  expect(result.secretary.by_kind).toMatchObject({ unmet: 1, taken: 1 })
})

test('an offer waits in the hours of whoever was asked, and holidays count for nobody', () => {
  const asked_on_friday_evening = { list: [{ at: '2027-01-08T10:00:00Z', region: '33' }] }
  const always = { minutes: { median: 1, spread: 0 }, accepts: 1, silent: 0 }
  const minutes = (given: Partial<Given>) =>
    run(scenario([provider('Satu', { answers: always })], { requests: asked_on_friday_evening, ...given }))
      .until_accepted.p50_minutes
  // Friday 17:00 in Jakarta until Monday 08:01.
  expect(minutes({})).toBe(63 * 60 + 1)
  expect(minutes({ holidays: ['2027-01-11'] })).toBe(87 * 60 + 1)
})

test('one more partner where there is nobody: the same requests, less for the secretariat', () => {
  const requests = { total: 300, regions: { '94': 1, '33': 1 }, competences: { 'libreoffice/2': 1 }, paid: 0 }
  const before = scenario([provider('Satu')], { requests })
  const after = withOneMore(before, '94')
  expect(after.providers).toHaveLength(2)
  const [less, more] = [run(before), run(after)]
  expect(more.requests).toBe(less.requests)
  expect(more.answered_by_secretariat).toBeLessThan(less.answered_by_secretariat * 0.75)
})

test('a file that says something wrong is told where', () => {
  const wrong = Scenario.safeParse({
    ...scenario([provider('Satu')]),
    providers: [provider('Satu'), provider('Satu'), provider('Dua', { regions: ['99'] })],
    days: 0,
    unknown: 1,
  })
  expect(wrong.error?.issues.map(({ path }) => path.join('.')).sort()).toEqual(['', 'days', 'providers.1.name', 'providers.2.regions.0']) // prettier-ignore
})
