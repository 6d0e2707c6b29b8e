/**
 * Somebody is helped by Telegram from the first word to the rating, brought or fetched: with all parts of Pandu running, against a server that
 * speaks the Bot API. And who asks to be forgotten stands nowhere afterwards.
 */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openChannelsEdge } from '../../src/edge/channels/index.ts'
import type { App } from '../../src/server/platform/app.ts'
import { system, write, type StaffActor, type Writing } from '../../src/server/platform/context.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import {
  removeTelegramWebhook,
  setTelegramWebhook,
  startTextSender,
  watchTelegram,
} from '../../src/server/channels/index.ts'
import { prepare } from '../../src/server/desks/index.ts'
import { aDesk, aStaff } from '../../src/server/desks/testing.ts'
import { startTexts } from '../../src/server/intake/index.ts'
import { decideErasure, eraseDue } from '../../src/server/privacy/index.ts'
import { findEverywhere } from '../../src/server/privacy/testing.ts'
import { reply, resolve } from '../../src/server/tickets/index.ts'
import { startTelegram, TOKEN } from './telegram-server.ts'

const SECRET = 'kenari-rahasia-webhook-contoh'
const telegram = await startTelegram()
const database = useDatabase({
  PANDU_TELEGRAM_TOKEN: TOKEN,
  PANDU_TELEGRAM_SECRET: SECRET,
  PANDU_TELEGRAM_API: telegram.api,
})
const lines: string[] = []
const stops: (() => Promise<void>)[] = []
let app: App
let staff: StaffActor
let origin: string

beforeAll(async () => {
  const log = openLog({ PANDU_LOG: 'debug' }, { write: (line: string) => void lines.push(line) })
  const pokes: (() => void)[] = []
  app = { ...database.app(), log, poke: () => pokes.forEach((poke) => poke()) }
  await prepare(app)
  staff = await write(app, system, async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
  const edge = openChannelsEdge(app)
  const server = createServer((request, response) => {
    if (!edge.answer(request.url!.split('?', 1)[0]!, request, response)) response.writeHead(418).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [texts, sender] = [startTexts(app), startTextSender(app)]
  pokes.push(texts.poke, sender.poke)
  stops.push(texts.stop, sender.stop, async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
  await telegram.stop()
})

const until = <T>(state: () => T) => expect.poll(state, { timeout: 60_000 })
const sentTo = (chat_id: number) => telegram.sent.filter((one) => one.chat_id === chat_id)
const lastTo = (chat_id: number) => sentTo(chat_id).at(-1)?.text ?? ''
/** The buttons under each text that had some. */
const asked = (chat_id: number) =>
  sentTo(chat_id).flatMap(({ keyboard }) => (keyboard.length > 0 ? [keyboard.map(({ text }) => text)] : []))
const asStaff = <T>(work: (ctx: Writing) => Promise<T>) => write(app, staff, work)
/** Whoever solves has 15 seconds to take it back, which nobody waits for here. */
async function solve(ticket_id: string, steps: string): Promise<void> {
  await asStaff((ctx) => resolve(ctx, { ticket_id, problem: 'Contoh', steps }))
  await sql`update outbox set not_before = now(), next_attempt_at = now() where state = 'waiting'`.execute(app.worker)
  app.poke()
}
/** The ticket in which a chat takes part, with how it stands. */
async function ticketOf(chat_id: number) {
  const { rows } = await sql<{ id: string; number: string; state: string; channel: string; requester_id: string }>`
    select t.id, t.number::text as number, t.state, t.channel, t.requester_id from tickets t
    join participants p on p.ticket_id = t.id join contact_points c on c.person_id = p.person_id
    where c.channel = 'telegram' and c.normalised = ${String(chat_id)} order by t.id`.execute(app.worker)
  expect(rows.length).toBeLessThanOrEqual(1)
  return rows[0] ?? null
}
const said = async (ticket_id: string) =>
  (
    await sql<{
      text: string
    }>`select text from messages where ticket_id = ${ticket_id}::uuid and direction <> 'note' order by at, id`.execute(
      app.worker,
    )
  ).rows.map(({ text }) => text)

/** From the first word to the rating. */
async function isHelped(chat_id: number): Promise<void> {
  telegram.write(chat_id, '/start tautan_dari_orang_lain')
  await until(() => lastTo(chat_id)).toMatch(/STATUS/)
  expect(await ticketOf(chat_id)).toBeNull()

  telegram.write(chat_id, 'Printer kantor camat tidak mencetak sejak kemarin')
  await until(() => ticketOf(chat_id)).toMatchObject({ channel: 'telegram', state: 'new' })
  const { id: ticket_id, number } = (await ticketOf(chat_id))!
  await until(() => lastTo(chat_id)).toContain(number)
  telegram.file('foto-1', Buffer.from('gambar contoh'))
  telegram.give(chat_id, { photo: [{ file_id: 'foto-1', file_size: 13 }], caption: 'Begini layarnya' })
  await until(() => said(ticket_id)).toHaveLength(2)
  const { rows: files } = await sql<{
    name: string
  }>`select name from attachments where ticket_id = ${ticket_id}::uuid`.execute(app.worker)
  expect(files).toMatchObject([{ name: expect.stringMatching(/\.jpg$/) }])
  telegram.write(-100_200, 'Pandu, siapa yang menulis tadi?')

  await asStaff((ctx) => reply(ctx, { ticket_id, text: 'Coba matikan <b>lalu</b> nyalakan.', at_once: true }))
  await until(() => lastTo(chat_id)).toContain('Coba matikan <b>lalu</b> nyalakan.')
  telegram.write(chat_id, '/status')
  await until(() => lastTo(chat_id)).toMatch(/Dipegang/)
  expect(lastTo(chat_id)).not.toContain('Printer')

  await solve(ticket_id, 'Dinyalakan lagi.')
  await until(() => asked(chat_id)).toEqual([['Sudah teratasi', 'Belum teratasi']])
  telegram.press(chat_id, 'Belum teratasi')
  await until(() => ticketOf(chat_id).then((ticket) => ticket?.state)).not.toBe('resolved')
  await solve(ticket_id, 'Kabelnya diganti.')
  await until(() => asked(chat_id)).toHaveLength(2)
  telegram.press(chat_id, 'Sudah teratasi')
  await until(() => confirmed(ticket_id)).toBe(true)
  telegram.write(chat_id, 'NILAI 5')
  await until(() => ratingOf(ticket_id)).toBe(5)
  // Nothing of it was told in the group.
  expect(sentTo(-100_200)).toEqual([])
}
const confirmed = async (ticket_id: string) =>
  (await sql`select from facts where ticket_id = ${ticket_id}::uuid and kind = 'ticket.confirmed'`.execute(app.worker))
    .rows.length > 0
const ratingOf = async (ticket_id: string) =>
  (await sql<{ score: number }>`select score from ratings where ticket_id = ${ticket_id}::uuid`.execute(app.worker))
    .rows[0]?.score

describe('from the first word to the rating', () => {
  test('fetched', async () => {
    const watch = watchTelegram(
      { ...app, settings: { ...app.settings, PANDU_TELEGRAM_MODE: 'polling' } },
      { look_ms: 500, wait_s: 1 },
    )!
    await isHelped(70_000_001)
    await watch.stop()
  })
  test('brought, by a webhook that an administrator set', async () => {
    const settings = { ...app.settings, PANDU_TELEGRAM_MODE: 'webhook' as const, PANDU_ORIGIN: origin }
    const asked = await setTelegramWebhook({ ...app, settings }, staff)
    expect(asked).toMatchObject({
      fault: null,
      username: 'bantuan_contoh_bot',
      webhook: { url: `${origin}/channels/telegram` },
    })
    await isHelped(70_000_002)
    const minutes_ago = { ...staff, signed_in_at: new Date(Date.now() - 20 * 60_000) }
    await expect(removeTelegramWebhook({ ...app, settings }, minutes_ago)).rejects.toMatchObject({
      key: 'sign_in_again',
    })
    await expect(setTelegramWebhook(app, staff)).rejects.toMatchObject({ key: 'telegram_fetches' })
    telegram.next('setWebhook', {
      status: 400,
      description: 'Bad Request: bad webhook: IP address 10.0.0.9 is reserved',
    })
    expect(await setTelegramWebhook({ ...app, settings }, staff)).toEqual({
      fault: '400 Bad Request: bad webhook: IP address 10.0.0.9 is reserved',
    })
    const { rows } = await sql`select kind from facts where kind like 'telegram.%'`.execute(app.worker)
    expect(rows).toEqual([{ kind: 'telegram.webhook_set' }])
    expect(telegram.webhook()).not.toBeNull()
  })
})

test('an old button acts on the ticket under whose answer it stands, and a forged one on nobody else’s', async () => {
  const chat_id = 70_000_003
  telegram.write(chat_id, 'Wifi di aula putus terus')
  await until(() => ticketOf(chat_id)).toMatchObject({ state: 'new' })
  const own = (await ticketOf(chat_id))!
  const other = (await ticketOf(70_000_001))!
  const before = await factsOf(other.id)
  await solve(own.id, 'Dipasang ulang.')
  await until(() => asked(chat_id)).toHaveLength(1)
  const shown = sentTo(chat_id).findLast(({ keyboard }) => keyboard.length > 0)!
  telegram.update({
    callback_query: {
      id: 'palsu',
      from: { id: chat_id, is_bot: false, first_name: 'Sari' },
      data: shown.keyboard[0]!.callback_data.replace(own.number, other.number),
      message: { message_id: shown.message_id, date: 0, chat: { id: chat_id, type: 'private' } },
    },
  })
  const answers = sentTo(chat_id).length
  await until(() => sentTo(chat_id).length).toBeGreaterThan(answers)
  expect(await factsOf(other.id)).toEqual(before)
  expect(await confirmed(own.id)).toBe(false)
})
const factsOf = async (ticket_id: string) =>
  (
    await sql<{ kind: string }>`select kind from facts where ticket_id = ${ticket_id}::uuid order by id`.execute(
      app.worker,
    )
  ).rows.map(({ kind }) => kind)

test('whoever is forgotten stands nowhere: not their chat, not their words', async () => {
  const chat_id = 7_766_554_433
  telegram.write(chat_id, 'Rahasiakenari: pemindai rusak')
  await until(() => ticketOf(chat_id)).toMatchObject({ state: 'new' })
  const { requester_id, id } = (await ticketOf(chat_id))!
  await until(() => sentTo(chat_id).length).toBeGreaterThan(0)
  await asStaff((ctx) => reply(ctx, { ticket_id: id, text: 'Baik.', at_once: true }))
  await until(() => lastTo(chat_id)).toContain('Baik.')
  await until(async () => (await sql`select from outbox where state = 'sending'`.execute(app.worker)).rows.length).toBe(
    0,
  )
  const superuser = new pg.Client({
    host: inject('postgres_socket'),
    port: inject('postgres_port'),
    user: 'postgres',
    database: String(app.worker_pool.options.database),
  })
  await superuser.connect()
  const find = async () =>
    (await findEverywhere(superuser, app.settings.PANDU_DATA, [String(chat_id), 'rahasiakenari'])).places
  expect((await find()).length).toBeGreaterThan(5)
  await asStaff((ctx) => decideErasure(ctx, { person_id: requester_id, reason: 'Diminta (contoh)' }))
  await eraseDue(app)
  expect(await find()).toEqual([])
  await superuser.end()
})

test('the token and the secret stand in no line of the log and in no row', async () => {
  expect(lines.join('\n')).not.toMatch(new RegExp(`${TOKEN.slice(12)}|${SECRET}`))
  const { rows } = await sql<{ hits: number }>`select count(*)::int as hits from intake_items
    where position(convert_to(${SECRET}, 'UTF8') in raw) > 0 or position(convert_to(${TOKEN}, 'UTF8') in raw) > 0`.execute(
    app.worker,
  )
  expect(rows).toEqual([{ hits: 0 }])
})
