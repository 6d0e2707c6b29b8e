import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { findDesk, listOffices, officeHours } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { addOrganisation } from '../people/index.ts'
import { loadRegions } from '../regions/index.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { confirmOwnUnit, type ConfirmOwnUnit } from './confirm-own-unit.ts'

const database = useDatabase()
const wanted = (organisation_id: string, given: Partial<ConfirmOwnUnit> = {}): ConfirmOwnUnit => ({
  organisation_id,
  name: 'Diskominfo Kota Contoh',
  time_zone: 'Asia/Makassar',
  hours: [...officeHours],
  regions: [],
  members: [],
  mail_local_part: null,
  offices: [],
  ...given,
})
const confirmed = async (ctx: Writing, desk_id: string) =>
  (await sql<{ at: Date | null }>`select confirmed_at as at from desks where id = ${desk_id}::uuid`.execute(ctx.db))
    .rows[0]!.at

test(
  'the first time a desk is made, later the same one grows; an office that the directory knows is not written twice',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    await loadRegions(ctx)
    const institution = await addOrganisation(ctx, {
      name: 'Pemerintah Kota Contoh',
      kind: 'regional_office',
      region_code: '63.71',
    })
    const known = await addOrganisation(ctx, {
      name: 'Dinas Kesehatan Kota Contoh',
      kind: 'regional_office',
      region_code: '63.71',
    })
    const [clerk, second] = [await aPerson(ctx), await aPerson(ctx)]
    const head = await aStaff(ctx, { role: 'administrator' })
    const first = wanted(institution.id, {
      offices: ['dinas kesehatan  kota contoh', 'Dinas Baru Contoh'],
      members: [{ person_id: clerk.id, role: 'coordinator' }],
    })
    const { desk_id } = await confirmOwnUnit(await as(head), first)
    expect(await confirmed(await as(head), desk_id)).toBeInstanceOf(Date)
    const offices = await listOffices(await as(head), desk_id)
    expect(offices.map(({ name }) => name)).toEqual(['Dinas Baru Contoh', 'Dinas Kesehatan Kota Contoh'])
    expect(offices.map(({ id }) => id)).toContain(known.id)

    const more = wanted(institution.id, {
      offices: ['Dinas Pasar Contoh'],
      members: [{ person_id: second.id, role: 'agent' }],
    })
    expect(await confirmOwnUnit(await as(head), more)).toEqual({ desk_id })
    expect(await listOffices(await as(head), desk_id)).toHaveLength(3)
    expect((await findDesk(await as(head), desk_id)).members.map(({ role }) => role).toSorted()).toEqual([
      'agent',
      'coordinator',
    ])
    expect((await facts()).filter((kind) => kind === 'desk.confirmed')).toHaveLength(1)
  }),
)

test(
  'a coordinator of another desk confirms nothing',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const institution = await anOrganisation(ctx)
    const coordinator = await aStaff(ctx, { role: 'coordinator' })
    await expect(confirmOwnUnit(await as(coordinator), wanted(institution.id))).rejects.toMatchObject({
      kind: 'forbidden',
    })
  }),
)
