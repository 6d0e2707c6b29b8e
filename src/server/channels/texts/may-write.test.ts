import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../../platform/context.ts'
import { useDatabase } from '../../platform/testing.ts'
import { aStaff } from '../../desks/testing.ts'
import { queueMessages } from '../queue-messages.ts'
import { decide, mayWrite, measure, type Recipient } from './may-write.ts'
import { readGatewayLines, type OpenedLine } from './read-gateways.ts'
import { aText } from './testing-texts.ts'

const database = useDatabase({ PANDU_SMS_GATEWAY: 'smpp://u:p@smsc.contoh.test#prefix=+62&cost=210' })

const now = new Date('2026-11-22T08:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
const nothing = { stopped_at: null, last_in_at: null, blocked: false, muted_until: null, limited_until: null }
const sms = readGatewayLines(
  'smpp://u:p@a#name=mahal&prefix=+62811&cost=350&parts=2 smpp://u:p@b#name=murah&prefix=+62&cost=210',
)
const line = (kind: OpenedLine['kind']): OpenedLine => ({ ...sms[0]!, name: kind, kind, prefixes: [], cost: null })
const lines = [...sms, line('whatsapp'), line('telegram')]
const number = '+6285712345678'
const known = (given: Partial<typeof nothing> | object) => ({ ...nothing, ...given })

test.each<[string, Recipient, object, object]>([
  ['SMS', { channel: 'sms', address: number }, {}, { may: true, parts_max: 4, cost: 210, files: false, kept: false }],
  ['SMS by a line that takes less', { channel: 'sms', address: '+628111234567' }, {}, { parts_max: 2, cost: 350 }],
  ['SMS to where no line leads', { channel: 'sms', address: '+6591234567' }, {}, { may: true, kept: true, cost: null }],
  ['who wrote STOP', { channel: 'sms', address: number }, { stopped_at: now }, { may: false, why: 'stopped' }],
  ['the answer to STOP', { channel: 'sms', address: number, after_stop: true }, { stopped_at: now }, { may: true }],
  [
    'a program to whom was blocked',
    { channel: 'sms', address: number, automatic: true },
    { blocked: true },
    { may: false, why: 'blocked' },
  ],
  ['a colleague to whom was blocked', { channel: 'sms', address: number }, { blocked: true }, { may: true }],
  [
    'a dead mail address',
    { channel: 'email', address: 'a@contoh.id' },
    { muted_until: now },
    { may: false, why: 'muted', until: now },
  ],
  [
    'mail without a relay',
    { channel: 'email', address: 'a@contoh.id' },
    {},
    { may: true, kept: true, files: true, until: null },
  ],
  [
    'enough for a day',
    { channel: 'telegram', address: '7' },
    { limited_until: now },
    { may: false, why: 'limited', until: now },
  ],
  [
    'Telegram',
    { channel: 'telegram', address: '7' },
    {},
    { may: true, length_max: 4096, until: null, needs_template: false },
  ],
  [
    'WhatsApp an hour later',
    { channel: 'whatsapp', address: number },
    { last_in_at: hoursAgo(1) },
    { needs_template: false, until: hoursAgo(-23) },
  ],
  [
    'WhatsApp a day later',
    { channel: 'whatsapp', address: number },
    { last_in_at: hoursAgo(24) },
    { may: true, needs_template: true, until: null },
  ],
  ['WhatsApp to whom never wrote', { channel: 'whatsapp', address: number }, {}, { may: true, needs_template: true }],
])('%s', (_, recipient, state, expected) => {
  expect(decide({ recipient, known: known(state), lines, parts_max: 4, now, paid: null, relay: false })).toMatchObject(
    expected,
  )
})

test('what somebody writes is measured as it would go out, with what stands below', () => {
  expect(measure('“Sudah” – selesai…', { cost: 210 })).toEqual({ parts: 1, left: 140, coding: 'gsm', cost: 210 })
  expect(measure('a'.repeat(155), { cost: 210, below: '#100014' })).toMatchObject({ parts: 2, cost: 420 })
  expect(measure('ꦱꦸꦒꦼꦁ', { cost: null })).toMatchObject({ parts: 1, coding: 'ucs2', cost: null })
})

test(
  'the house is asked: who wrote STOP, and how many texts went within a day',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    expect(await mayWrite(ctx, { channel: 'sms', address: number })).toMatchObject({ may: true, cost: 210 })
    await queueMessages(
      ctx,
      Array.from({ length: 50 }, () => aText({ recipient: number })),
    )
    await sql`update outbox set state = 'sent', sent_at = now() - interval '1 hour' where address = ${number}::text`.execute(
      ctx.tx,
    )
    const full = await mayWrite(ctx, { channel: 'sms', address: number })
    expect(full).toMatchObject({ may: false, why: 'limited' })
    expect(full.until!.getTime() - ctx.now.getTime()).toBe(23 * 3_600_000)
    // What Pandu says by itself stops before: a forged sender must not use up what a colleague may say.
    await sql`update outbox set sent_at = null where id in (
      select id from outbox where address = ${number}::text order by id limit 20)`.execute(ctx.tx)
    const automatic = { channel: 'sms', address: number, automatic: true } as const
    expect(await mayWrite(ctx, automatic)).toMatchObject({ may: false, why: 'limited' })
    expect(await mayWrite(ctx, { channel: 'sms', address: number })).toMatchObject({ may: true })
    await sql`update outbox set sent_at = null where id in (
      select id from outbox where address = ${number}::text and sent_at is not null limit 1)`.execute(ctx.tx)
    expect(await mayWrite(ctx, automatic)).toMatchObject({ may: true })
    await sql`insert into conversations (channel, address, stopped_at) values ('sms', ${number}, now())`.execute(ctx.tx)
    expect(await mayWrite(ctx, { channel: 'sms', address: number })).toMatchObject({ may: false, why: 'stopped' })
  }),
)

test(
  'the desks read of a number what may be written to it, not in which requests it speaks',
  database.story(async ({ as }) => {
    const everybody = await as(await aStaff(await as(system), { sees_all: true }))
    await sql`select channel, address, stopped_at, last_in_at from conversations`.execute(everybody.tx)
    await expect(sql`select ticket_id, question from conversations`.execute(everybody.tx)).rejects.toMatchObject({
      code: '42501',
    })
  }),
)
