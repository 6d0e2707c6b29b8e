/** What must hold whatever the candidates are: thousands of invented questions, each made from a number that the failure names. */
import { describe, expect, test } from 'vitest'
import {
  decide,
  promiseOf,
  ruleCodes,
  tiers,
  type Candidate,
  type Judged,
  type Level,
  type NeededHelp,
} from './decide.ts'
import { firstPolicy } from './policy.ts'
import { startRandom } from './simulation/random.ts'

const AT = '2027-03-01T02:00:00.000Z'
const LONG_AGO = '2025-01-01T00:00:00.000Z'
const PAST = '2027-02-01T00:00:00.000Z'
const FUTURE = '2027-04-01T00:00:00.000Z'
const OFFICE = 'kantor-contoh'

const needed: NeededHelp = {
  at: AT,
  region_code: '33.74',
  competence: { code: 'libreoffice', level: 2 },
  kind: 'free',
  organisation_id: OFFICE,
  refused_by: {},
}
const member = { kind: 'member', from: LONG_AGO, until: null, suspended: false } as const

function candidate(desk_id: string, given: Partial<Candidate> = {}): Candidate {
  return {
    desk_id,
    organisation_id: `lembaga-${desk_id}`,
    standing: member,
    regions: ['33'],
    serves_neighbours: false,
    competences: [{ code: 'libreoffice', level: 2, until: null }],
    accepting: true,
    paused_until: null,
    capacity_per_week: 5,
    taken_this_week: 0,
    conflicts: [],
    kinds: ['free'],
    offers: 0,
    settled: 0,
    completed: 0,
    last_offered_at: null,
    ...given,
  }
}
const ask = (candidates: Candidate[], given: Partial<NeededHelp> = {}, seed = 'benih') =>
  decide({ ...needed, ...given }, candidates, firstPolicy, seed)
const orderOf = (candidates: Candidate[], given: Partial<NeededHelp> = {}) =>
  ask(candidates, given)
    .candidates.filter((one) => one.eligible)
    .map((one) => one.desk_id)
const failed = (judged: Judged | undefined) =>
  judged?.rules.filter((rule) => !rule.passed).map((rule) => `${rule.code}.${rule.because}`)

/** The only candidate, with why it may not be asked. */
const refusedFor = (given: Partial<Candidate>, request: Partial<NeededHelp> = {}) =>
  failed(ask([candidate('a', given)], request).candidates[0])

describe('each rule', () => {
  test.each<[string, Partial<Candidate>, Partial<NeededHelp>]>([
    ['standing.ended', { standing: { ...member, until: PAST } }, {}],
    ['standing.not_yet', { standing: { ...member, from: FUTURE } }, {}],
    ['standing.suspended', { standing: { ...member, suspended: true } }, {}],
    ['standing.not_confirmed', { standing: { kind: 'own_unit', confirmed: false, serves: [OFFICE] } }, {}],
    ['region.elsewhere', { regions: ['35'] }, {}],
    ['region.elsewhere', { regions: ['33.01'] }, {}],
    ['region.elsewhere', { regions: ['11'], serves_neighbours: true }, {}],
    ['region.other_offices', { standing: { kind: 'own_unit', confirmed: true, serves: ['lain'] } }, {}],
    ['competence.lacks', { competences: [] }, {}],
    ['competence.level_too_low', { competences: [{ code: 'libreoffice', level: 1, until: null }] }, {}],
    ['competence.evidence_ended', { competences: [{ code: 'libreoffice', level: 3, until: PAST }] }, {}],
    ['accepting.closed', { accepting: false }, {}],
    ['accepting.paused', { paused_until: FUTURE }, {}],
    ['capacity.full', { taken_this_week: 5 }, {}],
    ['conflict.declared', { conflicts: [OFFICE] }, {}],
    ['conflict.asks_itself', { organisation_id: OFFICE }, {}],
    ['declined.declined', {}, { refused_by: { a: 'declined' } }],
    ['declined.expired', {}, { refused_by: { a: 'expired' } }],
    ['declined.returned', {}, { refused_by: { a: 'returned' } }],
    ['kind.not_paid', {}, { kind: 'paid' }],
    ['kind.not_free', { kinds: ['paid'] }, {}],
    [
      'kind.never_paid_own_unit',
      { standing: { kind: 'own_unit', confirmed: true, serves: [OFFICE] } },
      { kind: 'paid' },
    ],
    ['kind.never_paid_secretariat', { standing: { kind: 'secretariat' } }, { kind: 'paid' }],
  ])('%s', (why, given, request) => {
    expect(refusedFor(given, request)).toEqual([why])
    expect(ask([candidate('a', given)], request).chosen).toBeNull()
  })

  test('what has just ended does not fail what has not: the borders of every date', () => {
    expect(refusedFor({ standing: { ...member, from: AT } })).toEqual([])
    expect(refusedFor({ standing: { ...member, until: AT } })).toEqual(['standing.ended'])
    expect(refusedFor({ paused_until: AT })).toEqual([])
    expect(refusedFor({ competences: [{ code: 'libreoffice', level: 2, until: AT }] })).toEqual([
      'competence.evidence_ended',
    ])
  })

  test('of several proofs the valid one with the highest level counts', () => {
    const competences = [
      { code: 'libreoffice', level: 3, until: PAST },
      { code: 'libreoffice', level: 2, until: FUTURE },
      { code: 'libreoffice', level: 1, until: null },
    ] as const
    expect(refusedFor({ competences })).toEqual([])
  })

  test('the secretariat takes free help from everywhere, always', () => {
    const secretariat = {
      standing: { kind: 'secretariat' },
      regions: [],
      accepting: false,
      taken_this_week: 99,
    } as const
    expect(refusedFor({ ...secretariat, competences: [] })).toEqual([])
  })
})

describe('order', () => {
  const own_unit = { standing: { kind: 'own_unit', confirmed: true, serves: [OFFICE] }, regions: [] } as const
  const partner = { standing: { ...member, kind: 'partner' } } as const
  const everyTier: [string, Partial<Candidate>][] = [
    ['own_unit', { ...own_unit, competences: [] }],
    ['regency_member', { regions: ['33.74'] }],
    ['regency_partner', { regions: ['33.74'], ...partner }],
    ['province_member', {}],
    ['province_partner', partner],
    ['neighbour_member', { regions: ['35'], serves_neighbours: true }],
    ['neighbour_partner', { regions: ['34.04'], serves_neighbours: true, ...partner }],
    ['nation_member', { regions: ['ID'] }],
    ['nation_partner', { regions: ['ID'], ...partner }],
    ['secretariat', { standing: { kind: 'secretariat' } }],
  ]

  test('nearest first, members before partners, the secretariat last', () => {
    const given = everyTier.map(([tier, facts]) => candidate(tier, facts)).reverse()
    expect(orderOf(given)).toEqual([...tiers])
    expect(ask(given).candidates.map((one) => one.tier)).toEqual([...tiers])
  })

  test('however much nearer ones were asked before', () => {
    expect(orderOf([candidate('jauh', { regions: ['ID'] }), candidate('dekat', { offers: 500 })])).toEqual([
      'dekat',
      'jauh',
    ])
  })

  test('paid work goes to nobody rather than to the secretariat', () => {
    const given = everyTier.map(([tier, facts]) => candidate(tier, { kinds: ['free', 'paid'], ...facts }))
    const order = orderOf(given, { kind: 'paid' })
    expect(order).not.toContain('secretariat')
    expect(order).not.toContain('own_unit')
    expect(order).toHaveLength(8)
    expect(ask([candidate('pusat', { standing: { kind: 'secretariat' } })], { kind: 'paid' }).chosen).toBeNull()
  })

  test('a request that names only its province is nobody’s regency', () => {
    expect(refusedFor({ regions: ['33.74'] }, { region_code: '33' })).toEqual(['region.elsewhere'])
  })
})

describe('the turn', () => {
  test('goes by offers against what was promised, not by offers alone', () => {
    // 10 of 257 is less than 8 of 128.
    const big = candidate('besar', { offers: 10, capacity_per_week: 20 })
    const small = candidate('kecil', { offers: 8, capacity_per_week: 10 })
    expect(orderOf([small, big])).toEqual(['besar', 'kecil'])
  })

  test('a promise counts as far as it was kept; who is new is trusted; nobody is shut out', () => {
    const promise = (given: Partial<Candidate>) =>
      promiseOf(candidate('a', { capacity_per_week: 7, ...given }), firstPolicy)
    expect(promise({})).toBe(90)
    expect(promise({ settled: 90, completed: 90 })).toBe(90)
    expect(promise({ settled: 90, completed: 40 })).toBe(45)
    expect(promise({ settled: 890, completed: 0 })).toBe(1)
    // Completed now, offered before the window began: no more than it promised.
    expect(promise({ settled: 5, completed: 20 })).toBe(90)
  })

  test('twice the promise, half of it kept, is no more than the promise that is kept', () => {
    const loud = candidate('besar-janji', { capacity_per_week: 20, settled: 190, completed: 90, offers: 50 })
    const sound = candidate('tepat-janji', { capacity_per_week: 10, settled: 190, completed: 190, offers: 49 })
    expect(orderOf([loud, sound])).toEqual(['tepat-janji', 'besar-janji'])
  })

  test('the same share: who waits longest; who was never asked waits longest of all', () => {
    const asked = candidate('ditanya', { offers: 1, last_offered_at: '2027-02-20T00:00:00.000Z' })
    const earlier = candidate('lebih-dulu', { offers: 1, last_offered_at: '2027-02-10T00:00:00.000Z' })
    const never = candidate('belum', { offers: 1 })
    expect(orderOf([asked, never, earlier])).toEqual(['belum', 'lebih-dulu', 'ditanya'])
  })

  test('all the same: the seed, which prefers nobody', () => {
    const two = [candidate('a'), candidate('b')]
    const firsts = Array.from({ length: 400 }, (_, turn) => ask(two, {}, `${turn}`).chosen)
    const share = firsts.filter((first) => first === 'a').length / firsts.length
    // Five standard deviations of a fair coin.
    expect(Math.abs(share - 0.5)).toBeLessThan(0.125)
  })

  test.each([2, 3, 7, 40])('among %i equal candidates offers never differ by more than one', (many) => {
    const line = Array.from({ length: many }, (_, n) => ({ id: `desk-${n}`, offers: 0, last: null as string | null }))
    for (let turn = 0; turn < many * 12 + 1; turn++) {
      const at = new Date(Date.parse(AT) + turn * 60_000).toISOString()
      const { chosen } = decide(
        { ...needed, at },
        line.map(({ id, offers, last }) => candidate(id, { offers, last_offered_at: last, capacity_per_week: 500 })),
        firstPolicy,
        `${turn}`,
      )
      const asked = line.find(({ id }) => id === chosen)!
      asked.offers += 1
      asked.last = at
      const counts = line.map(({ offers }) => offers)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }
  })
})

describe('whatever the candidates are', () => {
  const QUESTIONS = 3_000

  /** A question and its candidates, all made from one number. */
  function invent(number: number) {
    const random = startRandom(`${number}`)
    const { pick, below, chance } = random
    const moment = () => pick([PAST, AT, FUTURE, LONG_AGO])
    const region = () => pick(['33', '33.74', '33.01', '35', '34.04', '11', 'ID'])
    const standing = (): Candidate['standing'] =>
      pick<() => Candidate['standing']>([
        () => ({ kind: 'secretariat' }),
        () => ({ kind: 'own_unit', confirmed: chance(0.8), serves: chance(0.7) ? [OFFICE] : ['lain'] }),
        ...['member', 'partner', 'member'].map(
          (kind) => () =>
            ({
              kind: kind as 'member' | 'partner',
              from: chance(0.9) ? LONG_AGO : moment(),
              until: chance(0.7) ? null : moment(),
              suspended: chance(0.1),
            }) as const,
        ),
      ])()
    const candidates = Array.from({ length: below(12) }, (_, n) =>
      candidate(`desk-${n}`, {
        standing: standing(),
        regions: Array.from({ length: below(3) }, region),
        serves_neighbours: chance(0.4),
        competences: Array.from({ length: below(3) }, () => ({
          code: pick(['libreoffice', 'network']),
          level: (1 + below(3)) as Level,
          until: chance(0.5) ? null : moment(),
        })),
        accepting: chance(0.9),
        paused_until: chance(0.9) ? null : moment(),
        capacity_per_week: 1 + below(10),
        taken_this_week: below(5),
        conflicts: chance(0.1) ? [OFFICE] : [],
        kinds: pick([['free'], ['paid'], ['free', 'paid']] as const),
        offers: below(30),
        settled: below(30),
        completed: below(30),
        last_offered_at: chance(0.5) ? null : moment(),
        ...(chance(0.1) ? { organisation_id: OFFICE } : {}),
      }),
    )
    const question: NeededHelp = {
      ...needed,
      region_code: pick(['33', '33.74', '35.01']),
      competence: pick([null, { code: 'libreoffice', level: (1 + below(3)) as Level }]),
      kind: pick(['free', 'paid']),
      organisation_id: pick([null, OFFICE]),
      refused_by: Object.fromEntries(
        candidates.filter(() => chance(0.1)).map(({ desk_id }) => [desk_id, 'declined' as const]),
      ),
    }
    return { question, candidates, random }
  }

  test('everybody has every reason, the chosen one fails none, and places are 1, 2, 3 …', () => {
    let chosen = 0
    for (let number = 0; number < QUESTIONS; number++) {
      const { question, candidates } = invent(number)
      const decision = decide(question, candidates, firstPolicy, `${number}`)
      expect(decision.candidates.map((one) => one.desk_id).sort(), `${number}`).toEqual(
        candidates.map((one) => one.desk_id).sort(),
      )
      for (const one of decision.candidates) {
        expect(
          one.rules.map((rule) => rule.code),
          `${number}`,
        ).toEqual([...ruleCodes])
        expect(one.eligible, `${number}`).toBe(one.rules.every((rule) => rule.passed))
        expect(one.eligible, `${number}`).toBe(one.tier !== null)
      }
      const eligible = decision.candidates.filter((one) => one.eligible)
      expect(
        eligible.map((one) => one.position),
        `${number}`,
      ).toEqual(eligible.map((_, index) => index + 1))
      expect(decision.chosen, `${number}`).toBe(eligible[0]?.desk_id ?? null)
      if (decision.chosen) chosen += 1
    }
    // Neither all nor none: the questions would test nothing.
    expect(chosen).toBeGreaterThan(QUESTIONS / 4)
    expect(chosen).toBeLessThan(QUESTIONS)
  })

  test('the same question has the same answer, in whatever order the candidates come', () => {
    for (let number = 0; number < QUESTIONS / 3; number++) {
      const { question, candidates, random } = invent(number)
      const decision = decide(question, candidates, firstPolicy, `${number}`)
      expect(decide(question, random.shuffle(candidates), firstPolicy, `${number}`), `${number}`).toEqual(decision)
    }
  })

  test('a candidate who may not be asked changes nothing for the others', () => {
    let removed = 0
    for (let number = 0; number < QUESTIONS / 3; number++) {
      const { question, candidates } = invent(number)
      const decision = decide(question, candidates, firstPolicy, `${number}`)
      const ineligible = new Set(decision.candidates.filter((one) => !one.eligible).map((one) => one.desk_id))
      removed += ineligible.size
      const without = candidates.filter((one) => !ineligible.has(one.desk_id))
      expect(decide(question, without, firstPolicy, `${number}`), `${number}`).toEqual({
        ...decision,
        candidates: decision.candidates.filter((one) => one.eligible),
      })
    }
    expect(removed).toBeGreaterThan(0)
  })
})
