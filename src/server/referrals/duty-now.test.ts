import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aPerson } from '../people/testing.ts'
import { dutyNow, isOpen } from './duty-now.ts'
import { aProvider } from './testing.ts'

const database = useDatabase()
const mornings = [{ weekday: 1, opens: '08:00', closes: '12:00' }]
const evenings = [{ weekday: 1, opens: '18:00', closes: '20:00' }]

test.each([
  // A Monday in Makassar.
  ['2026-11-23T09:00:00+08:00', mornings, true],
  ['2026-11-23T11:59:30+08:00', mornings, false],
  ['2026-11-23T12:00:00+08:00', mornings, false],
  ['2026-11-23T07:59:00+08:00', mornings, false],
  ['2026-11-23T08:00:00+08:00', mornings, true],
  // The same hour in Jakarta is another.
  ['2026-11-23T08:30:00+07:00', mornings, true],
  ['2026-11-23T11:30:00+07:00', mornings, false],
  ['2026-11-24T09:00:00+08:00', mornings, false],
  ['2026-11-23T09:00:00+08:00', [], false],
  ['2026-11-23T09:00:00+08:00', null, true],
])('at %s somebody with these hours is on duty: %j %s', (at, own, open) => {
  const desk = { zone: 'Asia/Makassar', hours: mornings }
  expect(isOpen(desk, own, new Set(), new Date(at))).toBe(open)
  expect(isOpen(desk, own, new Set(['2026-11-23']), new Date(at))).toBe(false)
})

test(
  'the first of the contacts who is on duty is told; the first of all where nobody is; those who work there where no contact has a mail address',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const { desk, staff } = await aProvider(ctx)
    await sql`update desks set time_zone = 'Asia/Makassar' where id = ${desk.id}::uuid`.execute(ctx.tx)
    await sql`update contact_points set verified_at = now() where person_id = ${staff.person_id}::uuid`.execute(ctx.tx)
    expect((await dutyNow(ctx, desk.id))?.person_id).toBe(staff.person_id)
    const contacts: string[] = []
    for (const hours of [evenings, mornings, null]) {
      const person = await aPerson(ctx)
      contacts.push(person.id)
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, hours, proven_at)
        select ${newId()}::uuid, ${desk.id}::uuid, person_id, id, 'email', ${contacts.length}::int, ${JSON.stringify(hours)}::jsonb, now()
        from contact_points where person_id = ${person.id}::uuid`.execute(ctx.tx)
    }
    const told = async (at: string) =>
      contacts.indexOf((await dutyNow({ ...ctx, now: new Date(at) }, desk.id))!.person_id)
    expect(await told('2026-11-23T18:30:00+08:00')).toBe(0)
    expect(await told('2026-11-23T09:30:00+08:00')).toBe(1)
    expect(await told('2026-11-23T14:00:00+08:00')).toBe(2)
    expect(await told('2026-11-22T09:30:00+08:00')).toBe(0)
  }),
)

test(
  'a contact with a telephone is told there, each by the first of their channels; who wrote STOP, or is only to be called, is passed over',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const { desk } = await aProvider(ctx)
    const people = []
    for (const [index, channel] of (['phone', 'sms', 'whatsapp'] as const).entries()) {
      const person = await aPerson(ctx, { email: null, phone: `+62811000000${index}` })
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
        select ${newId()}::uuid, ${desk.id}::uuid, person_id, id, ${channel}, ${index + 1}::int, now() from contact_points where person_id = ${person.id}::uuid`.execute(
        ctx.tx,
      )
      people.push(person)
    }
    expect(await dutyNow(ctx, desk.id)).toMatchObject({
      person_id: people[1]!.id,
      channel: 'sms',
      address: '+628110000001',
    })
    await sql`insert into conversations (channel, address, stopped_at) values ('sms', '+628110000001', now())`.execute(
      ctx.tx,
    )
    expect(await dutyNow(ctx, desk.id)).toMatchObject({ person_id: people[2]!.id, channel: 'whatsapp' })
  }),
)
