/** What everybody may see of the network: who stands in the directory, in which order, and which provinces have nobody. */
import { expect, test } from 'vitest'
import { everybody, system, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aStaff } from '../desks/testing.ts'
import { anOrganisation } from '../people/testing.ts'
import { listAskable, listCoverage } from './list-coverage.ts'
import { listDirectory } from './list-directory.ts'
import { seeProvider } from './see-provider.ts'
import { setCoverageTarget } from './set-coverage-target.ts'
import { aProvider } from './testing-providers.ts'

const database = useDatabase()
const DAY_MS = 86_400_000
const onDay = (ctx: Writing, day: number): Writing => ({ ...ctx, now: new Date(ctx.now.getTime() + day * DAY_MS) })
const names = async (ctx: Writing, question: Parameters<typeof listDirectory>[1]) =>
  (await listDirectory(ctx, question)).items.map(({ name }) => name)

test(
  'whoever is member or partner now stands there; ended, suspended and not yet begun do not, and have no page',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const at = (days: number) => new Date(ctx.now.getTime() + days * DAY_MS)
    const member = await aProvider(ctx, { name: 'Anggota Contoh' })
    const partner = await aProvider(ctx, { name: 'Mitra Contoh', kind: 'partner', represents: ['91'] })
    const gone = [
      await aProvider(ctx, { ends_at: at(-1) }),
      await aProvider(ctx, { suspended: true }),
      await aProvider(ctx, { starts_at: at(1) }),
    ]
    const reading = await as(everybody)
    const { items, total } = await listDirectory(reading)
    expect([items.map(({ name, kind }) => `${name} ${kind}`).toSorted(), total]).toEqual([
      ['Anggota Contoh member', 'Mitra Contoh partner'],
      2,
    ])
    expect(await seeProvider(reading, partner.organisation.id)).toMatchObject({
      kind: 'partner',
      represents: [{ code: '91' }],
      accepting: true,
    })
    expect((await seeProvider(reading, member.organisation.id)).hours).toHaveLength(10)
    for (const { organisation } of gone)
      await expect(seeProvider(reading, organisation.id)).rejects.toMatchObject({ kind: 'not_found' })
  }),
)

test(
  'the order is the same for everybody on one day, whole while paging, and over many days nobody is always first',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const MANY = 7
    for (let n = 0; n < MANY; n++) await aProvider(ctx, { name: `Lembaga ${n} (contoh)` })
    const reading = await as(everybody)
    const whole = await names(reading, {})
    const paged = [1, 2, 3, 4].map((page) => names(reading, { page, limit: 2 }))
    expect((await Promise.all(paged)).flat()).toEqual(whole)

    const firsts = new Map<string, number>()
    const orders = new Set<string>()
    const DAYS = 210
    for (let day = 0; day < DAYS; day++) {
      const order = await names(onDay(reading, day), {})
      expect(order.toSorted()).toEqual(whole.toSorted())
      firsts.set(order[0]!, (firsts.get(order[0]!) ?? 0) + 1)
      orders.add(order.join())
    }
    // Thirty each would be even; ids are drawn anew in each run, so the bounds are five deviations wide.
    expect([...firsts.values()].every((times) => times > 5 && times < 56)).toBe(true)
    expect([firsts.size, orders.size > 150]).toEqual([MANY, true])

    // Who reads past midnight keeps their order; nobody chooses a day that suits them.
    const tomorrow = onDay(reading, 1)
    const { day } = await listDirectory(reading)
    expect(await names(tomorrow, { day })).toEqual(whole)
    expect(await names(tomorrow, { day: '2001-01-01' })).toEqual(await names(tomorrow, {}))
  }),
)

test(
  'a province shows who covers it, then neighbours that tick so, then the nation; evidence that ran out counts no more',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const past = new Date(ctx.now.getTime() - DAY_MS)
    await aProvider(ctx, { name: 'Di sana', regions: ['63.71'], competences: [{ code: 'network', level: 2 }] })
    await aProvider(ctx, {
      name: 'Tetangga',
      regions: ['62'],
      serves_neighbours: true,
      competences: [{ code: 'network' }],
    })
    await aProvider(ctx, { name: 'Tetangga saja', regions: ['62'] })
    await aProvider(ctx, {
      name: 'Nasional',
      serves_nation: true,
      competences: [{ code: 'network', valid_until: past }],
    })
    const reading = await as(everybody)
    const { items } = await listDirectory(reading, { province_code: '63' })
    expect(items.map(({ name, near }) => `${name}: ${near}`)).toEqual([
      'Di sana: province',
      'Tetangga: neighbour',
      'Nasional: nation',
    ])
    expect(await names(reading, { province_code: '63', competence_code: 'network' })).toEqual(['Di sana', 'Tetangga'])
    expect(await names(reading, { province_code: '94' })).toEqual(['Nasional'])
  }),
)

test(
  'the grid has all 38 provinces: a member before a partner, nobody where nobody is, and by competence who can',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    await aProvider(ctx, { name: 'Anggota', represents: ['63'], competences: [{ code: 'network' }] })
    await aProvider(ctx, {
      name: 'Mitra',
      kind: 'partner',
      represents: ['62', '63'],
      competences: [{ code: 'database' }],
    })
    await aProvider(ctx, { name: 'Penolong', regions: ['64.71'], competences: [{ code: 'network' }] })
    const head = await aStaff(ctx, { role: 'administrator' })
    const coverage = await listCoverage(await as(everybody))
    expect(coverage.provinces).toHaveLength(38)
    expect([coverage.member, coverage.partner, coverage.nobody, coverage.target]).toEqual([1, 1, 36, null])
    const of = (code: string) => coverage.provinces.find((one) => one.code === code)!
    expect([of('63').standing, of('63').by.map(({ name }) => name)]).toEqual(['member', ['Anggota', 'Mitra']])
    expect([of('62').standing, of('64').standing, of('64').competences]).toEqual(['partner', 'nobody', ['network']])
    const able = await listCoverage(await as(everybody), { competence_code: 'network' })
    expect(able.provinces.filter(({ standing }) => standing !== 'nobody').map(({ code }) => code)).toEqual(['63', '64'])

    await setCoverageTarget(await as(head), { provinces: 38, by_date: '2027-12-31' })
    expect((await listCoverage(await as(everybody))).target).toMatchObject({ provinces: 38, by_date: '2027-12-31' })
    expect(await facts()).toContain('coverage.target_set')
  }),
)

test(
  'for an empty province the secretariat sees who could be asked; nobody else does, or sets a target',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await aProvider(ctx, { name: 'Tetangga', regions: ['62'] })
    await aProvider(ctx, { name: 'Jauh', regions: ['94'] })
    await aProvider(ctx, { name: 'Nasional', serves_nation: true })
    const known = await anOrganisation(ctx, { name: 'Komunitas Banjar Contoh', kind: 'community' })
    await ctx.tx.updateTable('organisations').set({ region_code: '63.71' }).where('id', '=', known.id).execute()
    const head = await aStaff(ctx, { role: 'administrator' })
    const agent = await aStaff(ctx, {})
    const asked = await listAskable(await as(head), ['63'])
    expect(asked.map(({ name, why }) => `${name}: ${why}`)).toEqual([
      'Tetangga: neighbour',
      'Nasional: nation',
      'Komunitas Banjar Contoh: known',
    ])
    const other = await as(agent)
    await expect(listAskable(other, ['63'])).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(setCoverageTarget(other, { provinces: 38, by_date: '2027-12-31' })).rejects.toMatchObject({
      kind: 'forbidden',
    })
  }),
)
