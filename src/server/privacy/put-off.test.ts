import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write, type StaffActor } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { settleWaitingTexts, takeInTexts } from '../intake/texts/testing.ts'
import { takeIn } from '../intake/testing.ts'
import { holdPerson, releasePerson } from '../people/index.ts'
import { decideErasure } from './decide-erasure.ts'
import { eraseDue } from './erase-due.ts'

const database = useDatabase()
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await write(database.app(), system, async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})

test('what somebody under a legal hold wrote stays whole until the hold ends, also where it names somebody who is forgotten', async () => {
  const app = database.app()
  const number = '+6281255550001'
  const one = async <Row>(of: ReturnType<typeof sql<Row>>) => (await of.execute(app.worker)).rows[0]!
  await takeInTexts(app, { from: number, text: 'printer mati' })
  await settleWaitingTexts(app)
  await takeIn(app, { from: 'Hari Contoh <hari@kantor.contoh.example>', text: `Hubungi 0812-5555-0001, ia tahu.` })
  const { id: gone } = await one(
    sql<{ id: string }>`select person_id as id from contact_points where normalised = ${number}`,
  )
  const { id: held } = await one(
    sql<{ id: string }>`select person_id as id from contact_points where normalised = 'hari@kantor.contoh.example'`,
  )
  const written = async () =>
    (await one(sql<{ text: string }>`select text from messages where author_id = ${held}::uuid`)).text
  const raw = async () =>
    await one(
      sql<{
        raw: Buffer | null
        sender_address: string | null
      }>`select raw, sender_address from intake_items where channel = 'email'`,
    )
  const kept = async () =>
    one(sql<{ put_off: string | null }>`select put_off, erased_at from erasures where person_id = ${gone}::uuid`)

  await write(app, secretary, (ctx) =>
    holdPerson(ctx, { person_id: held, reason: 'sengketa contoh', review_on: '2027-01-31' }),
  )
  await write(app, secretary, (ctx) => decideErasure(ctx, { person_id: gone, reason: 'diminta' }))
  await sql`update outbox set state = 'cancelled' where state = 'waiting'`.execute(app.worker)
  expect((await eraseDue(app)).map(({ person_id }) => person_id)).toEqual([gone])
  expect(await written(), 'evidence').toContain('0812-5555-0001')
  expect((await raw()).raw!.toString()).toContain('0812-5555-0001')
  const sealed = await kept()
  expect(sealed.put_off).not.toBeNull()
  expect(JSON.stringify(sealed), 'nobody reads there who it was').not.toContain('5555')
  expect(await eraseDue(app), 'while the hold lasts').toEqual([])

  await write(app, secretary, (ctx) => releasePerson(ctx, { person_id: held, reason: 'selesai' }))
  expect((await eraseDue(app)).map(({ person_id }) => person_id)).toEqual([gone])
  expect(await written()).toBe('Hubungi (dihapus), ia tahu.')
  expect(await raw(), 'who sent it is not who was forgotten').toEqual({
    raw: null,
    sender_address: 'hari@kantor.contoh.example',
  })
  expect(await kept()).toMatchObject({ put_off: null })
  expect(await eraseDue(app)).toEqual([])
})
