import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, system, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { noSights } from '../platform/sights.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  addContactPoints,
  addOrganisation,
  changePerson,
  listOrganisations,
  listPeople,
  recordConsents,
  seePerson,
} from './index.ts'
import { aPerson } from './testing.ts'

const database = useDatabase()
const staffOf = (person: { id: string; name: string }): StaffActor => ({
  kind: 'staff',
  person_id: person.id,
  name: person.name,
  language: 'id',
  roles: [],
  desks: [],
  sees_all: true,
})

test(
  'staff find people by a part of the name, by mail address, telephone number and Telegram chat, page by page',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const agent = await aPerson(setting, { name: 'Petugas Contoh' })
    const wayan = await aPerson(setting, {
      name: 'I Wayan Contoh-Sari',
      email: 'wayan@contoh.example',
      phone: '+6281234567890',
    })
    await aPerson(setting, { name: 'Made Contoh' })
    await addContactPoints(setting, [{ person_id: wayan.id, channel: 'telegram', address: '6012345678' }])
    const ctx = await as(staffOf(agent))
    for (const query of ['contoh sari', 'WAYAN@contoh.example', 'WA 0812-3456-7890', ' 6012345678'])
      expect((await listPeople(ctx, { query })).items.map((person) => person.id)).toEqual([wayan.id])
    expect((await listPeople(ctx, { query: '%' })).items).toEqual([])
    const first = await listPeople(ctx, { limit: 2 })
    const second = await listPeople(ctx, { limit: 2, cursor: first.next! })
    expect([...first.items, ...second.items].map((person) => person.name)).toEqual([
      'I Wayan Contoh-Sari',
      'Made Contoh',
      'Petugas Contoh',
    ])
    expect(second.next).toBeNull()
    await expect(listPeople(ctx, { cursor: 'bukan kursor' })).rejects.toMatchObject({ kind: 'invalid', key: 'cursor' })
  }),
)

test(
  'the public finds nobody: neither the command nor the database lets it',
  database.story(async ({ as }) => {
    const person = await aPerson(await as(system))
    const ctx = await as(everybody)
    await expect(listPeople(ctx)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(seePerson(ctx, person.id)).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await ctx.tx.selectFrom('people').selectAll().execute()).toEqual([])
    expect(await ctx.tx.selectFrom('contact_points').selectAll().execute()).toEqual([])
  }),
)

test(
  'looking at a person is recorded, and shows what they agreed to',
  database.story(async ({ app, as }) => {
    const setting = await as(system)
    const agent = await aPerson(setting)
    const person = await aPerson(setting)
    await recordConsents(setting, [{ person_id: person.id, purpose: 'request', text_version: 3, channel: 'web' }])
    const ctx = await as(staffOf(agent))
    const noted: unknown[] = []
    app.sights = { ...noSights, note: (sight) => void noted.push(sight) }
    const seen = await seePerson(ctx, person.id)
    expect(seen.consents).toMatchObject([{ purpose: 'request', text_version: 3, channel: 'web', withdrawn_at: null }])
    expect(seen.contact_points).toMatchObject([{ channel: 'email', address: person.email, verified_at: null }])
    await expect(seePerson(ctx, newId())).rejects.toMatchObject({ kind: 'not_found' })
    await expect(seePerson(ctx, 'bukan-id')).rejects.toMatchObject({ kind: 'not_found' })
    app.sights = noSights
    expect(noted).toMatchObject([
      { kind: 'person.seen', actor: { person_id: agent.id }, about: { person_id: person.id } },
    ])
  }),
)

test(
  'nobody says at the desk that an address was proved: neither of their own nor of a new one',
  database.story(async ({ as }) => {
    const agent = await aPerson(await as(system))
    const proved = sql`update contact_points set verified_at = now() where person_id = ${agent.id}::uuid`
    const ctx = await as(staffOf(agent))
    await sql`savepoint before`.execute(ctx.tx)
    await expect(proved.execute(ctx.tx)).rejects.toMatchObject({ code: '42501' })
    await sql`rollback to savepoint before`.execute(ctx.tx)
    const born = sql`insert into contact_points (id, person_id, channel, address, normalised, created_at, verified_at)
      values (${newId()}::uuid, ${agent.id}::uuid, 'email', 'a@contoh.example', 'a@contoh.example', now(), now())`
    await expect(born.execute(ctx.tx)).rejects.toMatchObject({ code: '42501' })
  }),
)

test(
  'a correction changes what is named and leaves the rest',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const agent = await aPerson(setting)
    const person = await aPerson(setting, { name: 'Salah Contoh', language: 'en' })
    const ctx = await as(staffOf(agent))
    const { id: organisation_id } = await addOrganisation(ctx, { name: 'Dinas Contoh', kind: 'regional_office' })
    await changePerson(ctx, {
      person_id: person.id,
      name: 'Benar Contoh',
      organisation_id,
    })
    const phone = { person_id: person.id, channel: 'phone' } as const
    expect(await addContactPoints(ctx, [{ ...phone, address: '0812 3456 7890' }])).toMatchObject([
      { ...phone, address: '+6281234567890' },
    ])
    expect(await addContactPoints(ctx, [{ ...phone, address: '+6281234567890' }])).toEqual([])
    expect(await seePerson(ctx, person.id)).toMatchObject({
      name: 'Benar Contoh',
      language: 'en',
      organisation: { id: organisation_id, name: 'Dinas Contoh' },
      contact_points: [{ channel: 'email' }, { channel: 'phone', address: '+6281234567890', verified_at: null }],
    })
    expect((await listPeople(ctx, { query: 'benar' })).items).toHaveLength(1)
    await expect(changePerson(ctx, { person_id: newId(), name: 'X' })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await listOrganisations(ctx, { query: 'dinas c' })).toMatchObject({
      items: [{ id: organisation_id }],
      more: false,
    })
    expect(await facts()).toEqual(
      expect.arrayContaining(['organisation.added', 'person.changed', 'person.address_added']),
    )
  }),
)
