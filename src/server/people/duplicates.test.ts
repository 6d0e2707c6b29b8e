import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  addContactPoints,
  addOrganisation,
  changeOrganisation,
  keepApart,
  seeOrganisation,
  suggestDuplicates,
} from './index.ts'
import { anOrganisation, aPerson } from './testing.ts'

const database = useDatabase()

test(
  'the same address, or the same name at the same organisation, suggests one person, until somebody says that they are two',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const agent = await aStaff(setting)
    const { id: organisation_id } = await anOrganisation(setting)
    const siti = await aPerson(setting, { name: 'Siti Contoh', email: 'siti@contoh.example' })
    const bu_siti = await aPerson(setting, { name: 'Bu Siti Contoh', email: null })
    await addContactPoints(setting, [{ person_id: bu_siti.id, channel: 'email', address: 'SITI@contoh.example' }])
    const made = await aPerson(setting, { name: 'Made Contoh', organisation_id })
    const made_too = await aPerson(setting, { name: 'made  contoh', organisation_id })
    await aPerson(setting, { name: 'Made Contoh' })
    await expect(suggestDuplicates(await as(agent))).rejects.toMatchObject({ kind: 'forbidden' })
    const ctx = await as(administrator)
    expect(await suggestDuplicates(ctx)).toMatchObject([
      { one: { id: made.id }, other: { id: made_too.id }, addresses: [], same_name: true },
      {
        one: { id: siti.id },
        other: { id: bu_siti.id },
        addresses: [expect.stringMatching(/siti/i)],
        same_name: false,
      },
    ])
    await keepApart(ctx, { one_id: made_too.id, other_id: made.id })
    expect((await suggestDuplicates(ctx)).map(({ one }) => one.id)).toEqual([siti.id])
    expect(await suggestDuplicates(ctx, { person_id: made.id })).toEqual([])
    expect(await facts()).toContain('person.kept_apart')
  }),
)

test(
  'an organisation is corrected by the secretariat, belongs to no part of itself, and says who is of it',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const agent = await aStaff(setting)
    const ctx = await as(administrator)
    const { id } = await addOrganisation(ctx, { name: 'Diskominfo Contoh', kind: 'company' })
    const { id: part } = await addOrganisation(ctx, { name: 'UPT Contoh', kind: 'regional_office', parent_id: id })
    const person = await aPerson(await as(system), { organisation_id: id })
    const corrected = { id, name: 'Dinas Kominfo Contoh', kind: 'regional_office', region_code: null } as const
    await expect(changeOrganisation(await as(agent), { ...corrected, parent_id: null })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    await expect(changeOrganisation(await as(administrator), { ...corrected, parent_id: part })).rejects.toMatchObject({
      kind: 'invalid',
    })
    await changeOrganisation(await as(administrator), { ...corrected, parent_id: null })
    expect(await seeOrganisation(await as(administrator), id)).toMatchObject({
      name: 'Dinas Kominfo Contoh',
      kind: 'regional_office',
      parts: [{ id: part }],
      members: [{ id: person.id }],
      member_count: 1,
    })
    expect(await facts()).toContain('organisation.changed')
  }),
)
