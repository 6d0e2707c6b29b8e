import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aTicket } from '../tickets/testing.ts'
import { keepQuarter } from './keep-figures.ts'
import { boundsOf, quarterBefore, quarterOf } from './quarters.ts'
import { gini, reckonFigures, type Counted } from './reckon-figures.ts'
import { seeFigures } from './see-figures.ts'
import { aProvider } from './testing.ts'

const database = useDatabase()

test('a quarter begins and ends by Jakarta’s clock', () => {
  expect(boundsOf('2026-Q4')).toEqual({
    from: new Date('2026-09-30T17:00:00Z'),
    until: new Date('2026-12-31T17:00:00Z'),
  })
  expect(quarterOf(new Date('2026-12-31T16:59:59Z'))).toBe('2026-Q4')
  expect(quarterOf(new Date('2026-12-31T17:00:00Z'))).toBe('2027-Q1')
  expect(quarterBefore('2026-Q1')).toBe('2025-Q4')
})

test.each<[string, number[], number]>([
  ['all the same', [3, 3, 3, 3], 0],
  ['all on one of five', [0, 0, 0, 0, 10], 0.8],
  ['one has double', [1, 1, 2], 0.17],
  ['nothing', [0, 0], 0],
])('gini: %s', (_, values, expected) => {
  expect(gini(values)).toBe(expected)
})

const place = (
  province_code: string,
  topic_code: string | null,
  offers: number,
  declined = 0,
): Counted['places'][number] => ({
  province_code,
  topic_code,
  referrals: offers,
  offers,
  declined,
  expired: 0,
  unmet: 0,
})
const provider = (accepted: number, offers = accepted): Counted['providers'][number] => ({
  organisation_id: newId(),
  capacity_per_week: 5,
  offers,
  accepted,
  completed: 0,
})

test('small counts are hidden, with what would tell them', () => {
  const { places, providers, accepted } = reckonFigures({
    places: [
      place('31', 'a', 20, 3),
      place('31', 'b', 6),
      place('33', 'a', 9),
      place('33', 'b', 12),
      place('33', null, 2),
    ],
    providers: [provider(30), provider(8), provider(3)],
    waits: [],
  })
  // 31 has two counts that may be shown; the two requests of 33 without a topic would be what its sum leaves.
  expect(places.offers.provinces).toEqual([26, 23])
  expect(places.offers.cells[1]!.filter((count) => count === null).length).toBeGreaterThan(1)
  expect(places.offers.topics.at(-1)).toBeNull()
  expect(places.declined.all).toBeNull()
  expect(providers.map(({ accepted: count }) => count).sort()).toEqual([30, null, null])
  expect(accepted).toBe(41)
})

test('the measure of evenness needs five providers and fifty offers; half an hour of three acceptances is nobody’s business', () => {
  const few = { places: [], providers: [provider(20), provider(20), provider(20), provider(20)], waits: [] }
  expect(reckonFigures(few).gini).toBeNull()
  expect(reckonFigures({ ...few, providers: [...few.providers, provider(20)] }).gini).toBe(0)
  expect(reckonFigures({ ...few, providers: Array.from({ length: 5 }, () => provider(9)) }).gini).toBeNull()
  const waits = [
    { province_code: '31', accepted: 5, median_minutes: 31.6 },
    { province_code: '33', accepted: 4, median_minutes: 12 },
  ]
  expect(reckonFigures({ ...few, waits }).waits).toEqual([{ province_code: '31', median_minutes: 32 }])
})

test(
  'a quarter is counted from its offers, kept once, and read by everybody with names and without small counts',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const helper = await aProvider(ctx, { name: 'Yayasan Contoh Terbuka' })
    const desk = helper.desk.id
    await sql`insert into referral_policies (version, policy) values ('angka', '{}') on conflict do nothing`.execute(
      ctx.tx,
    )
    const outcomes = [
      ...Array<string>(6).fill('completed'),
      ...Array<string>(5).fill('declined'),
      'expired',
      'returned',
    ]
    for (const [index, state] of outcomes.entries()) {
      const ticket = await aTicket(ctx)
      const [id, at] = [newId(), new Date(Date.parse('2026-07-10T03:00:00Z') + index * 3_600_000)]
      await sql`insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, topic_code, urgency, summary, opened_at, ended_at)
        values (${id}::uuid, ${ticket.id}::uuid, 'free', 'withdrawn', ${ticket.desk.id}::uuid, '33.74', '33', 'perkantoran', 'normal', 'contoh', ${at}, ${at})`.execute(
        ctx.tx,
      )
      await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, topic_code, state, summary, offered_at, due_at, answered_at, ended_at)
        values (${id}::uuid, ${id}::uuid, ${ticket.id}::uuid, 1, 'K7Q', ${desk}::uuid, ${helper.organisation_id}::uuid, 'free', '33', 'perkantoran', ${state}, 'contoh', ${at},
          ${at}::timestamptz + interval '2 hours', ${at}::timestamptz + interval '30 minutes', ${at})`.execute(ctx.tx)
    }
    await keepQuarter(ctx, '2026-Q3')
    // Reckoned once: what changes later would tell itself by the difference.
    await sql`update offers set state = 'declined' where organisation_id = ${helper.organisation_id}::uuid`.execute(
      ctx.tx,
    )
    await keepQuarter(ctx, '2026-Q3')
    const seen = (await seeFigures(await as(everybody)))!
    expect(seen).toMatchObject({ quarter: '2026-Q3', quarters: ['2026-Q3'] })
    expect(seen.names.organisations[helper.organisation_id]).toBe('Yayasan Contoh Terbuka')
    expect(seen.names.provinces).toEqual({ '33': 'Jawa Tengah' })
    expect(seen.figures.places.offers.all).toBe(13)
    expect(seen.figures.places.declined.all).toBe(5)
    expect(seen.figures.places.expired.all).toBeNull()
    expect(seen.figures.providers).toEqual([{ organisation_id: helper.organisation_id, accepted: 7, completed: 6 }])
    expect(seen.figures.waits).toEqual([{ province_code: '33', median_minutes: 30 }])
  }),
)
