import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write } from '../../platform/context.ts'
import { useDatabase } from '../../platform/testing.ts'
import { setLimits } from '../../platform/set-limits.ts'
import { aStaff } from '../../desks/testing.ts'
import { queueMessages, type NewMessage } from '../queue-messages.ts'
import { mayWrite } from './may-write.ts'
import { endsPaid, paidAgainAt, seePaidUse, type PaidUse } from './paid-texts.ts'
import { openTextSender } from './send-texts.ts'
import { aGateway, aText } from './testing-texts.ts'

const database = useDatabase({ PANDU_SMS_GATEWAY: 'smpp://u:p@smsc.contoh.test#name=satu&cost=210' })

const use = (day: number, month = 0): PaidUse => ({ day: { used: day, most: 100 }, month: { used: month, most: 1000 } })
const reply = { automatic: false, kind: 'reply' }
const notice = { automatic: true, kind: 'notice' }
const acknowledgement = { automatic: true, kind: 'acknowledgement' }
const offer = { automatic: true, kind: 'offer' }

test.each([
  [79, { acknowledgement: null, notice: null, offer: null, reply: null }],
  [80, { acknowledgement: 'day', notice: null, offer: null, reply: null }],
  [90, { acknowledgement: 'day', notice: 'day', offer: null, reply: null }],
  [99, { acknowledgement: 'day', notice: 'day', offer: null, reply: null }],
  [100, { acknowledgement: 'day', notice: 'day', offer: 'day', reply: 'day' }],
])('at %i percent what is least needed has stopped first', (used, stops) => {
  const of = { acknowledgement, notice, offer, reply }
  for (const [name, text] of Object.entries(of))
    expect(endsPaid(use(used), text), name).toBe(stops[name as keyof typeof stops])
})

test('the month counts as well, and both end at midnight of Jakarta', () => {
  expect(endsPaid(use(0, 1000), reply)).toBe('month')
  const now = new Date('2026-12-31T18:00:00Z')
  expect(paidAgainAt({ now }, 'day')).toEqual(new Date('2027-01-01T17:00:00Z'))
  expect(paidAgainAt({ now }, 'month')).toEqual(new Date('2027-01-31T17:00:00Z'))
})

test('parts are counted; the secretariat is told once at 80 percent and at the limit; then answers wait, seen, and go when it is raised', async () => {
  const app = database.app()
  const administrator = await write(app, system, (ctx) => aStaff(ctx, { role: 'administrator' }))
  const set = (value: number) =>
    write(app, administrator, (ctx) => setLimits(ctx, { limits: [{ name: 'text.paid_day', value }] }))
  const several = (count: number) => Array.from({ length: count }, () => ({}))
  const send = async (...messages: Partial<NewMessage>[]) => {
    const ids = await write(app, system, (ctx) => queueMessages(ctx, messages.map(aText)))
    const sender = openTextSender(app, [aGateway('smpp://u:p@smsc.contoh.test#name=satu&cost=210')])
    do await sender.idle()
    while (await sender.sendDue())
    await sender.idle()
    sender.stop()
    return ids
  }
  const stateOf = async (id: string) => {
    const { state, last_error } = await app.worker
      .selectFrom('outbox')
      .select(['state', 'last_error'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return [state, last_error]
  }
  const told = async () =>
    (
      await sql<{
        kind: string
        span: string
      }>`select kind, about->>'span' as span from facts where kind like 'texts.paid%' order by id`.execute(app.worker)
    ).rows
  await set(50)
  await sql`insert into paid_texts (day, parts) values ((now() at time zone 'Asia/Jakarta')::date, 30)`.execute(
    app.worker,
  )
  const long = 'Silakan matikan printer, tunggu satu menit, lalu nyalakan lagi. '.repeat(3).trim()
  await send(...Array.from({ length: 3 }, () => ({ text: long })))
  expect((await write(app, system, seePaidUse)).day).toEqual({ used: 36, most: 50 })
  expect(await told()).toEqual([])
  await send(...several(4))
  expect(await told()).toEqual([{ kind: 'texts.paid_warned', span: 'day' }])
  const [ack, notice_id] = await send(acknowledgement as Partial<NewMessage>, notice as Partial<NewMessage>)
  expect(await stateOf(ack!)).toEqual(['muted', 'paid_limit'])
  expect(await stateOf(notice_id!)).toEqual(['sent', null])
  await send(...several(4))
  const [second] = await send(notice as Partial<NewMessage>)
  expect(await stateOf(second!)).toEqual(['muted', 'paid_limit'])
  await send(...several(5))
  expect(await told()).toEqual([
    { kind: 'texts.paid_warned', span: 'day' },
    { kind: 'texts.paid_full', span: 'day' },
  ])
  const [waits] = await send({})
  expect(await stateOf(waits!)).toEqual(['waiting', 'paid_limit'])
  expect(await write(app, system, (ctx) => mayWrite(ctx, { channel: 'sms', address: '+6281234567890' }))).toMatchObject(
    {
      may: false,
      why: 'paid_limit',
    },
  )
  await set(60)
  await sql`update outbox set next_attempt_at = now() where id = ${waits!}::uuid`.execute(app.worker)
  await send()
  expect(await stateOf(waits!)).toEqual(['sent', null])
})
