import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write, type StaffActor } from '../platform/context.ts'
import { relayOnce, type FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { takeIn } from '../intake/testing.ts'
import { indexTickets } from '../tickets/index.ts'
import { findMentions, removeMention, removeMentions } from './find-mentions.ts'

const database = useDatabase()
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await write(database.app(), system, async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})

test('a name that others spelt otherwise is shown as such to whoever decides, and removed where they say that it is this person', async () => {
  const app = database.app()
  await takeIn(app, { from: 'Djoko Soesilo <djoko@rumah.contoh.example>', text: 'Printer mati.' })
  for (const [name, text] of [
    ['satu', 'Kata Pak Joko Susilo sudah diganti.'],
    ['dua', 'Tanyakan Djoko Soesilo.'],
    ['tiga', 'Joko yang lain, bukan Susilo.'],
  ])
    await takeIn(app, { from: `Orang <${name}@kantor.contoh.example>`, text: text! })
  const { rows } = await sql<{
    id: string
    text: string
    ticket_id: string
  }>`select t.requester_id as id, t.id as ticket_id, m.text from tickets t
    join messages m on m.ticket_id = t.id order by t.id`.execute(app.worker)
  await indexTickets(app, rows as never)
  const [djoko, first, second] = rows
  const look = () => write(app, secretary, (ctx) => findMentions(ctx, djoko!.id))
  expect((await look()).map(({ id, spelt_otherwise }) => [id, spelt_otherwise])).toEqual([
    [second!.ticket_id, false],
    [first!.ticket_id, true],
  ])
  await write(app, secretary, (ctx) =>
    removeMention(ctx, { person_id: djoko!.id, place: 'ticket', id: first!.ticket_id }),
  )
  const jobs: FactJob[] = []
  while ((await relayOnce(app, (_, facts) => Promise.resolve(void jobs.push(...facts)))) > 0);
  await removeMentions(
    app,
    jobs.filter(({ kind }) => kind === 'person.name_removed'),
  )
  const { rows: left } = await sql<{
    text: string
  }>`select text from messages where ticket_id = ${first!.ticket_id}::uuid`.execute(app.worker)
  expect(left).toEqual([{ text: 'Kata Pak (dihapus) sudah diganti.' }])
  expect((await look()).map(({ id }) => id)).toEqual([second!.ticket_id])
})
