import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { aTicket, takesPart } from '../tickets/testing.ts'
import { aPerson } from '../people/testing.ts'
import { closeIncident, declareIncident, listConcerned, noteAgencyTold, seeIncident, tellPeople } from './incidents.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let administrator: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  administrator = await asSystem((ctx) => aStaff(ctx, { role: 'administrator' }))
})
const as = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), administrator, work)
const mails = async () =>
  (
    await sql<{ n: number }>`select count(*)::int as n from outbox where subject like '%I-%'`.execute(
      database.app().worker,
    )
  ).rows[0]!.n
const about = {
  which_data: 'nama dan alamat surel contoh',
  how: 'salinan cadangan tertinggal',
  handling: 'kata sandi diganti',
  began_at: null,
  found_at: '2026-11-22T08:00:00+07:00',
  numbers: [],
  from: null,
  until: null,
}

test('an incident finds whom it concerns, counts 72 hours, prepares texts, and sends nothing before it is told to', async () => {
  const { desk, requester } = await asSystem(async (ctx) => {
    const ticket = await aTicket(ctx)
    const other = await aPerson(ctx)
    await takesPart(ctx, { ticket_id: ticket.id, person_id: other.id, part: 'participant' })
    await aTicket(ctx) // at another desk
    return ticket
  })
  const { id } = await as((ctx) => declareIncident(ctx, { ...about, is_drill: false, desk_id: desk.id }))
  const incident = await as((ctx) => seeIncident(ctx, id))
  expect(incident).toMatchObject({ people: 2, reachable: 2, people_told_at: null })
  expect(incident.due_at.toISOString()).toBe('2026-11-25T01:00:00.000Z')
  for (const text of Object.values(incident.texts).flatMap((one) => Object.values(one)))
    for (const part of [about.which_data, about.how, about.handling, '2026-11-22 01:00 UTC'])
      expect(text).toContain(part)
  expect((await as((ctx) => listConcerned(ctx, id))).map(({ email }) => email)).toContain(requester.email)
  expect(await mails()).toBe(0)
  expect(await as((ctx) => tellPeople(ctx, { id }))).toBe(2)
  expect(await mails()).toBe(2)
  await expect(as((ctx) => tellPeople(ctx, { id }))).rejects.toMatchObject({ kind: 'conflict' })
  await as((ctx) => noteAgencyTold(ctx, { id }))
  await as((ctx) => closeIncident(ctx, { id, words: 'cadangan disandikan' }))
  const { rows } = await sql<{
    kind: string
  }>`select kind from facts where about ->> 'incident_id' = ${id} order by id`.execute(database.app().worker)
  expect(rows.map(({ kind }) => kind)).toEqual([
    'incident.declared',
    'incident.told',
    'incident.told',
    'incident.closed',
  ])
})

test('a drill says so in every text and writes to nobody; only administrators declare one', async () => {
  const before = await mails()
  const { id } = await as((ctx) => declareIncident(ctx, { ...about, is_drill: true, desk_id: null }))
  const { texts, people } = await as((ctx) => seeIncident(ctx, id))
  expect(people).toBeGreaterThan(2)
  expect([texts.id.people, texts.id.agency].every((text) => text.startsWith('INI LATIHAN'))).toBe(true)
  await as((ctx) => tellPeople(ctx, { id }))
  expect(await mails()).toBe(before)
  const agent = await asSystem((ctx) => aStaff(ctx))
  await expect(
    write(database.app(), agent, (ctx) => declareIncident(ctx, { ...about, is_drill: true, desk_id: null })),
  ).rejects.toMatchObject({ kind: 'forbidden' })
})
