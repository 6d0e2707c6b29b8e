import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { everybody, system, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aPerson } from '../people/testing.ts'
import {
  AddDesk,
  addDesk,
  ChangeDesk,
  changeDesk,
  deskForAddress,
  deskHours,
  findDesk,
  listDesks,
  makeSecretariat,
  mayChangeDesk,
  narrowestDesk,
  narrowestDesks,
  officeHours,
} from './index.ts'
import { aDesk, aStaff } from './testing.ts'

const database = useDatabase()
const wholeDay = [{ weekday: 6, opens: '00:00', closes: '24:00' }]

describe('the first holder', () => {
  test(
    'regency before province before secretariat',
    database.story(async ({ as }) => {
      const ctx = await as(system)
      const secretariat = await aDesk(ctx, { kind: 'secretariat' })
      const province = await aDesk(ctx, { regions: ['63'] })
      const regency = await aDesk(ctx, { regions: ['63.07', '64.01'] })
      const asked = ['63.07', '63.01', '63', '64.01', '64', '11', '99.99', null]
      const holders = await narrowestDesks(await as(everybody), asked)
      expect(asked.map((code) => holders.get(code))).toEqual([
        regency.id,
        province.id,
        province.id,
        regency.id,
        secretariat.id,
        secretariat.id,
        secretariat.id,
        secretariat.id,
      ])
      expect(await narrowestDesk(ctx, '63.07')).toBe(regency.id)
    }),
  )

  test(
    'of several equal desks the oldest; none that is closed or does not accept',
    database.story(async ({ as }) => {
      const ctx = await as(system)
      await aDesk(ctx, { kind: 'secretariat' })
      await aDesk(ctx, { regions: ['63'], closed_at: ctx.now })
      await aDesk(ctx, { regions: ['63'], accepting: false })
      const younger = await aDesk(ctx, { regions: ['63'] })
      const oldest = await aDesk(ctx, { regions: ['63'] })
      await ctx.tx
        .updateTable('desks')
        .set({ created_at: new Date('2026-01-01T00:00Z') })
        .where('id', '=', oldest.id)
        .execute()
      expect(await narrowestDesk(ctx, '63.01')).toBe(oldest.id)
      await ctx.tx.updateTable('desks').set({ accepting: false }).where('id', '=', oldest.id).execute()
      expect(await narrowestDesk(ctx, '63.01')).toBe(younger.id)
    }),
  )

  test(
    "an address leads to its desk while that takes requests; the secretariat's always",
    database.story(async ({ as }) => {
      const ctx = await as(system)
      const secretariat = await aDesk(ctx, { kind: 'secretariat', mail_local_part: 'helpdesk', accepting: false })
      const bali = await aDesk(ctx, { mail_local_part: 'bali' })
      await aDesk(ctx, { mail_local_part: 'tutup', closed_at: ctx.now })
      await aDesk(ctx, { mail_local_part: 'penuh', accepting: false })
      const ids = await Promise.all(
        ['Bali', 'HELPDESK', 'tutup', 'penuh', 'lain'].map((part) => deskForAddress(ctx, part)),
      )
      expect(ids).toEqual([bali.id, secretariat.id, null, null, null])
    }),
  )

  test(
    'without a secretariat it is a bug, not a lost ticket',
    database.story(async ({ as }) => {
      await expect(narrowestDesk(await as(system), null)).rejects.toThrow('no secretariat')
    }),
  )
})

describe('a desk', () => {
  test(
    "the secretariat's is made once",
    database.story(async ({ as, facts }) => {
      const ctx = await as(system)
      expect([await makeSecretariat(ctx), await makeSecretariat(ctx)]).toEqual([true, false])
      const [desk, ...others] = await listDesks(ctx)
      expect(others).toEqual([])
      expect(desk).toMatchObject({
        kind: 'secretariat',
        mail_local_part: 'helpdesk',
        time_zone: 'Asia/Jakarta',
        regions: [],
      })
      expect(await deskHours(ctx, desk!.id)).toEqual({ zone: 'Asia/Jakarta', hours: officeHours })
      expect(await facts()).toEqual(['desk.added'])
    }),
  )

  test(
    'an administrator adds one with everything it needs',
    database.story(async ({ as, facts }) => {
      const ctx = await as(system)
      const administrator = await aStaff(ctx, { role: 'administrator' })
      await aDesk(ctx, { regions: ['51'] })
      const agent = await aPerson(ctx, { name: 'Wayan Contoh' })
      const web = await as(administrator)
      const id = await addDesk(
        web,
        AddDesk.parse({
          name: 'Meja Bali contoh',
          kind: 'province',
          mail_local_part: ' Bali ',
          time_zone: 'Asia/Makassar',
          regions: ['51'],
          competences: ['libreoffice'],
          members: [{ person_id: agent.id, role: 'agent' }],
        }),
      )
      expect(await findDesk(web, id)).toMatchObject({
        name: 'Meja Bali contoh',
        mail_local_part: 'bali',
        hours: officeHours,
        regions: [{ code: '51', name: 'Bali' }],
        member_count: 1,
        competences: [{ code: 'libreoffice' }],
        members: [{ person_id: agent.id, name: 'Wayan Contoh', role: 'agent' }],
      })
      // who is nobody in particular sees the desk, and no person
      expect((await findDesk(await as(everybody), id)).members).toEqual([])
      expect(await facts()).toEqual(['desk.added'])
    }),
  )

  test(
    'what is given becomes so, what is not given stays',
    database.story(async ({ as, facts }) => {
      const ctx = await as(system)
      const secretary = await aStaff(ctx, { role: 'coordinator', desk: await aDesk(ctx, { kind: 'secretariat' }) })
      const desk = await aDesk(ctx, { name: 'Semula contoh', regions: ['51', '52'] })
      const [stays, goes] = [await aStaff(ctx, { desk }), await aStaff(ctx, { desk })]
      const since = new Date('2026-01-05T00:00Z')
      await ctx.tx.updateTable('desk_members').set({ since }).where('person_id', '=', stays.person_id).execute()
      const web = await as(secretary)
      await changeDesk(
        web,
        ChangeDesk.parse({
          desk_id: desk.id,
          regions: ['52', '53'],
          hours: wholeDay,
          members: [{ person_id: stays.person_id, role: 'coordinator' }],
        }),
      )
      const changed = await findDesk(web, desk.id)
      expect(changed).toMatchObject({ name: 'Semula contoh', accepting: true, hours: wholeDay })
      expect(changed.regions.map((region) => region.code)).toEqual(['52', '53'])
      expect(changed.members).toEqual([
        { person_id: stays.person_id, name: stays.name, role: 'coordinator', since: expect.any(String) as string },
      ])
      expect(new Date(changed.members[0]!.since)).toEqual(since)
      expect(changed.members.map((member) => member.person_id)).not.toContain(goes.person_id)
      await changeDesk(web, { desk_id: desk.id, name: 'Baru contoh', closed: true })
      expect(await listDesks(web)).toHaveLength(1)
      expect((await listDesks(web, { all: true })).find((one) => one.id === desk.id)).toMatchObject({
        name: 'Baru contoh',
        closed_at: expect.any(Date) as Date,
      })
      expect(await facts()).toEqual(['desk.changed', 'desk.changed'])
    }),
  )

  test(
    'a second desk with the same address is refused',
    database.story(async ({ as, facts }) => {
      const ctx = await as(system)
      const administrator = await aStaff(ctx, { role: 'administrator' })
      await aDesk(ctx, { mail_local_part: 'bali' })
      const web = await as(administrator)
      await sql`savepoint before`.execute(web.tx)
      const again = AddDesk.parse({
        name: 'Lagi',
        kind: 'province',
        mail_local_part: 'bali',
        time_zone: 'Asia/Makassar',
      })
      await expect(addDesk(web, again)).rejects.toMatchObject({
        kind: 'conflict',
        key: 'desk.address_taken',
        faults: [{ path: 'mail_local_part' }],
      })
      await sql`rollback to savepoint before`.execute(web.tx)
      await expect(addDesk(web, { ...again, mail_local_part: null, regions: ['99'] })).rejects.toMatchObject({
        kind: 'invalid',
        key: 'desk.unknown_part',
      })
      await sql`rollback to savepoint before`.execute(web.tx)
      expect(await facts()).toEqual([])
    }),
  )

  test(
    "the secretariat's cannot be closed; an unknown one is not found",
    database.story(async ({ as }) => {
      const ctx = await as(system)
      const secretariat = await aDesk(ctx, { kind: 'secretariat' })
      await expect(changeDesk(ctx, { desk_id: secretariat.id, closed: true })).rejects.toMatchObject({
        kind: 'conflict',
      })
      await expect(changeDesk(ctx, { desk_id: secretariat.id, mail_local_part: null })).rejects.toMatchObject({
        kind: 'conflict',
      })
      await expect(changeDesk(ctx, { desk_id: newId(), closed: true })).rejects.toMatchObject({ kind: 'not_found' })
      await expect(findDesk(ctx, newId())).rejects.toMatchObject({ kind: 'not_found' })
    }),
  )

  test(
    'one without hours of its own is reckoned by office hours',
    database.story(async ({ as }) => {
      const ctx = await as(system)
      const desk = await aDesk(ctx, { hours: [], time_zone: 'Asia/Jayapura' })
      expect(await deskHours(ctx, desk.id)).toEqual({ zone: 'Asia/Jayapura', hours: officeHours })
    }),
  )
})

describe('who may change a desk', () => {
  const own = newId()
  const staff = (kind: string, role: 'agent' | 'coordinator', administrator = false): StaffActor => ({
    kind: 'staff',
    person_id: newId(),
    name: 'Contoh',
    language: 'id',
    roles: administrator ? ['administrator'] : [],
    sees_all: administrator,
    desks: [{ id: own, name: 'Contoh', kind, role, time_zone: 'Asia/Jakarta' }],
  })
  test.each([
    ['an administrator, anything', staff('province', 'agent', true), newId(), ['name', 'members'], true],
    [
      'a coordinator of the secretariat, anything',
      staff('secretariat', 'coordinator'),
      newId(),
      ['name', 'members'],
      true,
    ],
    ['an agent of the secretariat, nothing', staff('secretariat', 'agent'), own, ['hours'], false],
    ['a coordinator, the hours of the own desk', staff('province', 'coordinator'), own, ['hours', 'accepting'], true],
    ['a coordinator, nothing else of it', staff('province', 'coordinator'), own, ['hours', 'members'], false],
    ['a coordinator, no other desk', staff('province', 'coordinator'), newId(), ['hours'], false],
    ['an agent, nothing', staff('province', 'agent'), own, ['hours'], false],
    ['the public, nothing', everybody, own, ['hours'], false],
    [
      'a requester, nothing',
      { kind: 'requester', person_id: newId(), ticket_id: newId() } as const,
      own,
      ['hours'],
      false,
    ],
  ])('%s', (_, actor, desk, parts, allowed) => {
    expect(mayChangeDesk(actor, desk, parts)).toBe(allowed)
  })

  test(
    'the command asks it',
    database.story(async ({ as, facts }) => {
      const ctx = await as(system)
      const desk = await aDesk(ctx)
      const coordinator = await aStaff(ctx, { desk, role: 'coordinator' })
      await expect(changeDesk(await as(coordinator), { desk_id: desk.id, name: 'Lain' })).rejects.toMatchObject({
        kind: 'forbidden',
      })
      await expect(
        addDesk(await as(coordinator), AddDesk.parse({ name: 'Lain', kind: 'province', time_zone: 'Asia/Jakarta' })),
      ).rejects.toMatchObject({ kind: 'forbidden' })
      await changeDesk(await as(coordinator), { desk_id: desk.id, accepting: false })
      expect((await findDesk(await as(coordinator), desk.id)).accepting).toBe(false)
      expect(await facts()).toEqual(['desk.changed'])
    }),
  )
})

describe('what a desk may be given', () => {
  const parse = (fields: object) => ChangeDesk.safeParse({ desk_id: newId(), ...fields })
  test.each([
    ['an unknown field', { colour: 'red' }, false],
    ['hours with a lunch break', { hours: officeHours }, true],
    ['hours until midnight', { hours: wholeDay }, true],
    ['no hours at all', { hours: [] }, false],
    ['three hours a week', { hours: [{ weekday: 1, opens: '08:00', closes: '11:00' }] }, false],
    [
      'hours that overlap',
      {
        hours: [
          { weekday: 1, opens: '08:00', closes: '12:00' },
          { weekday: 1, opens: '11:00', closes: '15:00' },
        ],
      },
      false,
    ],
    ['hours backwards', { hours: [{ weekday: 1, opens: '16:00', closes: '08:00' }] }, false],
    ['an eighth day', { hours: [{ weekday: 8, opens: '08:00', closes: '16:00' }] }, false],
    ['a whole mail address', { mail_local_part: 'bali@contoh.example' }, false],
    ['a reserved address', { mail_local_part: 'Postmaster' }, false],
    ['no address', { mail_local_part: null }, true],
    ['a zone outside Indonesia', { time_zone: 'Europe/Berlin' }, false],
    ['a place by its name', { regions: ['Kota Bogor'] }, false],
  ])('%s', (_, fields, good) => {
    expect(parse(fields).success).toBe(good)
  })
})
