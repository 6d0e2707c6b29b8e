import { describe, expect, test } from 'vitest'
import { standInTheWay, willingMembers, type Representation, type Term } from './partner-rule.ts'

const day = (text: string) => new Date(`${text}T00:00:00Z`)
const now = day('2026-06-15')
const member = (organisation_id: string, change: Partial<Term> = {}): Term => ({
  organisation_id,
  kind: 'member',
  starts_at: day('2026-01-01'),
  ends_at: day('2027-01-01'),
  suspended_at: null,
  ended_at: null,
  ...change,
})
const willing = (
  organisation_id: string,
  province_code: string,
  change: Partial<Representation> = {},
): Representation => ({
  organisation_id,
  kind: 'member',
  province_code,
  since: day('2026-02-01'),
  until: null,
  ...change,
})

interface Case {
  story: string
  terms?: Term[]
  representations?: Representation[]
  province?: string
  /** Who stands in the partner's way. */
  expected: string[]
}
const cases: Case[] = [
  { story: 'nobody at all', expected: [] },
  { story: 'a member that said nothing: membership alone is not willingness', terms: [member('a')], expected: [] },
  { story: 'a member that is willing', terms: [member('a')], representations: [willing('a', '63')], expected: ['a'] },
  { story: 'a member willing elsewhere', terms: [member('a')], representations: [willing('a', '64')], expected: [] },
  {
    story: 'a member that withdrew its word',
    terms: [member('a')],
    representations: [willing('a', '63', { until: day('2026-06-01') })],
    expected: [],
  },
  {
    story: 'a member that withdraws at the end of the month',
    terms: [member('a')],
    representations: [willing('a', '63', { until: day('2026-06-30') })],
    expected: ['a'],
  },
  {
    story: 'a member that will be willing next month',
    terms: [member('a')],
    representations: [willing('a', '63', { since: day('2026-07-01') })],
    expected: [],
  },
  {
    story: 'a member that is suspended',
    terms: [member('a', { suspended_at: day('2026-05-01') })],
    representations: [willing('a', '63')],
    expected: [],
  },
  {
    story: 'a member whose term ended, and who forgot to take its word back',
    terms: [member('a', { ends_at: day('2026-06-01') })],
    representations: [willing('a', '63')],
    expected: [],
  },
  {
    story: 'a member that was ended',
    terms: [member('a', { ended_at: day('2026-06-01') })],
    representations: [willing('a', '63')],
    expected: [],
  },
  {
    story: 'a member whose term has not begun',
    terms: [member('a', { starts_at: day('2026-07-01') })],
    representations: [willing('a', '63')],
    expected: [],
  },
  {
    story: 'a member in its second term: one that counts is enough',
    terms: [member('a', { ends_at: day('2026-06-01') }), member('a', { starts_at: day('2026-06-01') })],
    representations: [willing('a', '63')],
    expected: ['a'],
  },
  {
    story: 'two members, one of them suspended',
    terms: [member('a', { suspended_at: day('2026-05-01') }), member('b')],
    representations: [willing('a', '63'), willing('b', '63')],
    expected: ['b'],
  },
  {
    story: 'two members, both willing',
    terms: [member('a'), member('b')],
    representations: [willing('b', '63'), willing('a', '63')],
    expected: ['a', 'b'],
  },
  {
    story: 'another partner of the province is no member',
    terms: [member('p', { kind: 'partner' })],
    representations: [willing('p', '63', { kind: 'partner' })],
    expected: [],
  },
  {
    story: 'the province was split: the word for Papua is none for Papua Selatan',
    terms: [member('a')],
    representations: [willing('a', '91')],
    province: '93',
    expected: [],
  },
  {
    story: 'a member that was a partner before: what counts is what it is now',
    terms: [
      member('a', { kind: 'partner', ended_at: day('2026-03-01') }),
      member('a', { starts_at: day('2026-03-01') }),
    ],
    representations: [willing('a', '63', { kind: 'partner', until: day('2026-03-01') }), willing('a', '63')],
    expected: ['a'],
  },
]

describe('who is willing', () => {
  test.each(cases)('$story', ({ terms = [], representations = [], province = '63', expected }) => {
    expect(willingMembers(province, now, { terms, representations })).toEqual(expected)
  })
})

test('a partner that asks for several provinces is told of each that has a willing member', () => {
  const known = { terms: [member('a'), member('b')], representations: [willing('a', '63'), willing('b', '64')] }
  expect(standInTheWay(['62', '63', '64'], now, known)).toEqual([
    { province_code: '63', organisation_ids: ['a'] },
    { province_code: '64', organisation_ids: ['b'] },
  ])
  expect(standInTheWay(['62'], now, known)).toEqual([])
})
