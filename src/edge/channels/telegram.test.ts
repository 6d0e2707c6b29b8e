/** Both ways in, against a server that speaks the Bot API: nothing twice, nothing lost, whoever dies or is away; strangers write nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { startTelegram, BOT_ID, TOKEN } from '../../../tests/peers/telegram-server.ts'
import type { App } from '../../server/platform/app.ts'
import { read, system } from '../../server/platform/context.ts'
import { openLog } from '../../server/platform/log.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { bareEnvironment } from '../../server/platform/testing-environment.ts'
import { listTelegramGaps, seeTelegram, watchTelegram, type TelegramWatch } from '../../server/channels/index.ts'
import { openChannelsEdge } from './index.ts'

const SECRET = 'kenari-rahasia-webhook-contoh'
const telegram = await startTelegram()
const database = useDatabase({
  PANDU_TELEGRAM_TOKEN: TOKEN,
  PANDU_TELEGRAM_SECRET: SECRET,
  PANDU_TELEGRAM_API: telegram.api,
})
let origin: string
let app: App
let available = true
const lines: string[] = []
const watches: TelegramWatch[] = []
const server = createServer((request, response) => {
  if (!openChannelsEdge(app).answer(request.url!.split('?', 1)[0]!, request, response)) response.writeHead(418).end()
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const log = openLog({ PANDU_LOG: 'debug' }, { write: (line: string) => void lines.push(line) })
  const settings = { ...database.app().settings, PANDU_ORIGIN: origin }
  app = { ...database.app(), settings, log, available: () => available }
})
beforeEach(async () => {
  available = true
  for (const table of ['telegram_bots', 'telegram_updates']) await app.worker_pool.query(`delete from ${table}`)
})
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop()
  await ask('deleteWebhook', { drop_pending_updates: true })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await telegram.stop()
})

const ask = (method: string, body: object) =>
  fetch(`${telegram.api}/bot${TOKEN}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
/** Fetching, or with a webhook. */
const watch = (mode: 'polling' | 'webhook' = 'polling', more: Partial<App> = {}) => {
  const one = watchTelegram(
    { ...app, settings: { ...app.settings, PANDU_TELEGRAM_MODE: mode }, ...more },
    { look_ms: 100, wait_s: 1, stuck_ms: 300, set_again_ms: 200 },
  )!
  watches.push(one)
  return one
}
const setWebhook = () => ask('setWebhook', { url: `${origin}/channels/telegram`, secret_token: SECRET })

/** A busy machine only takes longer. */
const until = <T>(state: () => T) => expect.poll(state, { timeout: 30_000 })

interface Row {
  text: string
  outcome: string | null
  envelope_from: string
  greeting: string
}
/** What the ledger has of a word, oldest first; duplicates too. */
const items = async (word: string) =>
  (
    await app.worker_pool.query<Row>(
      `select substring(convert_from(raw, 'utf8') from '"text":"([^"]*)"') as text, outcome, envelope_from, greeting
       from intake_items where channel = 'telegram' and convert_from(raw, 'utf8') like '%' || $1 || '%' order by id`,
      [word],
    )
  ).rows
const texts = async (word: string) =>
  (await items(word)).filter(({ outcome }) => outcome !== 'duplicate').map(({ text }) => text)
const seen = () => read(app, system, seeTelegram)
const gaps = () => read(app, system, listTelegramGaps)
const bring = (body: string, secret: string | null = SECRET) =>
  fetch(`${origin}/channels/telegram`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(secret === null ? {} : { 'x-telegram-bot-api-secret-token': secret }),
    },
    body,
  }).then(({ status }) => status)

test('whoever does not know the secret writes nothing; whoever does is kept before they are answered, whatever they bring', async () => {
  const update = (text: string, update_id = 1) =>
    JSON.stringify({ update_id, message: { message_id: 1, date: 1, chat: { id: 5, type: 'private' }, text } })
  for (const wrong of [null, '', 'x', SECRET.slice(0, -1), `${SECRET}x`, SECRET.toUpperCase(), `${SECRET}, ${SECRET}`])
    expect(await bring(update('orang-asing'), wrong)).toBe(401)
  expect((await fetch(`${origin}/channels/telegram`)).status).toBe(405)
  expect(await items('orang-asing')).toEqual([])

  expect(await bring(update('dikenal', 77))).toBe(200)
  expect(await bring(update('dikenal', 77))).toBe(200)
  expect(await items('dikenal')).toMatchObject([
    { outcome: null, envelope_from: '5', greeting: `telegram:${BOT_ID}` },
    { outcome: 'duplicate' },
  ])
  // Kept, and put aside when it is read: to be brought again for a day would make it no better.
  expect(await bring('bukan JSON kenari')).toBe(200)
  expect(await items('bukan JSON kenari')).toHaveLength(1)
  expect(await bring('x'.repeat(1024 * 1024 + 1))).toBe(413)
  const { rows } = await app.worker_pool.query('select from intake_items where position($1::bytea in raw) > 0', [
    Buffer.from(SECRET),
  ])
  expect(rows).toEqual([])
})

test('without a secret of ours there is no such address', async () => {
  const { settings } = app
  app.settings = { ...settings, PANDU_TELEGRAM_SECRET: undefined }
  expect(await bring('{}', '')).toBe(404)
  app.settings = settings
})

test('while we cannot keep anything we say 503, and Telegram brings it again: one item each, chat by chat in order', async () => {
  available = false
  await setWebhook()
  for (const text of ['putus-1', 'putus-2', 'putus-3']) telegram.write(6001, text)
  telegram.write(6002, 'putus-4')
  await until(() => telegram.webhook()?.error).toMatch(/503/)
  expect(await items('putus')).toEqual([])
  available = true
  await until(() => telegram.pending()).toEqual([])
  const taken = await texts('putus')
  expect(taken.filter((text) => text !== 'putus-4')).toEqual(['putus-1', 'putus-2', 'putus-3'])
  expect(taken).toHaveLength(4)
  expect(await seen()).toMatchObject({ way: 'webhook' })
})

test('fetching: what waits and what comes, in order, and nothing is confirmed before it is kept', async () => {
  telegram.write(6003, 'ambil-1')
  telegram.write(6003, 'ambil-2')
  watch()
  await until(() => texts('ambil')).toEqual(['ambil-1', 'ambil-2'])
  telegram.write(6003, 'ambil-3')
  await until(() => texts('ambil')).toEqual(['ambil-1', 'ambil-2', 'ambil-3'])
  await until(() => telegram.pending()).toEqual([])
  expect(await seen()).toMatchObject({
    way: 'polling',
    state: 'open',
    username: 'bantuan_contoh_bot',
    pending: expect.any(Number),
  })
  // The ledger away: nothing is confirmed, so nothing is lost.
  available = false
  telegram.write(6003, 'ambil-4')
  await watches.splice(0)[0]!.stop()
  expect(telegram.pending()).toHaveLength(1)
  available = true
  watch()
  await until(() => texts('ambil')).toEqual(['ambil-1', 'ambil-2', 'ambil-3', 'ambil-4'])
})

test('killed between the commit and the confirmation, again and again: nothing lost, nothing twice', async () => {
  const words = ['mati-1', 'mati-2', 'mati-3', 'mati-4']
  for (const word of words.slice(0, 2)) telegram.write(6004, word)
  for (const count of [1, 1]) {
    expect(await startChild(`texts.telegram_after_commit:${count}`)).toEqual([null, 'SIGKILL'])
    await app.worker_pool.query(`delete from leases where name like 'telegram %'`)
    telegram.write(6004, words[await countOf('mati')]!)
  }
  expect(telegram.pending().length).toBeGreaterThan(0)
  watch()
  await until(() => telegram.pending()).toEqual([])
  expect(await texts('mati')).toEqual(words)
})
const countOf = async (word: string) => (await texts(word)).length

test('several processes: one of them fetches', async () => {
  const before = telegram.calls.length
  for (let count = 0; count < 3; count++) watch()
  for (let count = 0; count < 20; count++) telegram.write(6005 + (count % 3), `ramai-${count}`)
  await until(() => countOf('ramai')).toBe(20)
  expect((await items('ramai')).every(({ outcome }) => outcome !== 'duplicate')).toBe(true)
  expect(telegram.calls.slice(before).filter(({ method }) => method === 'getMe')).toHaveLength(1)
})

test('from one way to the other and back nothing is lost, also what one chat still waits for while another went on', async () => {
  // Brought: 6010 is refused for a while, 6011 gets through and has a higher number.
  await setWebhook()
  telegram.write(6011, 'alih-1')
  await until(() => texts('alih')).toEqual(['alih-1'])
  await ask('deleteWebhook', {})
  const lower = telegram.write(6010, 'alih-2')
  const higher = telegram.write(6011, 'alih-3')
  expect(await bring(JSON.stringify(higher))).toBe(200)
  expect(await seen()).toMatchObject({ way: 'webhook' })
  expect(higher.update_id).toBeGreaterThan(lower.update_id)
  // Fetched from now on: asking from above the highest would throw away the lower one.
  await setWebhook().then(() => (available = false))
  const fetching = watch('polling', { available: () => true })
  await until(async () => new Set(await texts('alih'))).toEqual(new Set(['alih-1', 'alih-2', 'alih-3']))
  expect(telegram.webhook()).toBeNull()
  await fetching.stop()
  telegram.write(6010, 'alih-4')
  available = true
  await setWebhook()
  await until(() => countOf('alih')).toBe(4)
})

test('where Telegram cannot reach us while something waits, it is fetched, and the webhook stands again', async () => {
  available = false
  await setWebhook()
  telegram.write(6020, 'macet-1')
  await until(() => telegram.webhook()?.error).toMatch(/503/)
  watch('webhook', { available: () => true })
  await until(() => texts('macet')).toEqual(['macet-1'])
  await until(() => telegram.webhook()?.url).toBe(`${origin}/channels/telegram`)
  expect(telegram.calls.filter(({ method }) => method === 'setWebhook').at(-1)?.parameters).toMatchObject({
    secret_token: SECRET,
    drop_pending_updates: false,
    allowed_updates: ['message', 'edited_message', 'callback_query'],
  })
})

test('a webhook that is set while we fetch is no fault; another program that fetches with our token is one, and is said', async () => {
  watch('webhook')
  await until(async () => (await seen())?.state).toBe('open')
  await setWebhook()
  telegram.write(6025, 'pasang-1')
  await until(() => texts('pasang')).toEqual(['pasang-1'])
  await until(async () => (await seen())?.webhook_url).toBe(`${origin}/channels/telegram`)
  expect(await seen()).toMatchObject({ state: 'open', last_error: null })
  expect(lines.filter((line) => line.includes('"409"'))).toEqual([])
  await ask('deleteWebhook', {})
  await until(async () => {
    await ask('getUpdates', { timeout: 1 })
    return (await seen())?.last_error
  }).toMatch(/^409 Conflict: terminated by other/)
})

test('a webhook of somebody else’s program is left alone, and said', async () => {
  await ask('setWebhook', { url: 'https://lain.contoh.test/bot' })
  watch()
  await until(async () => (await seen())?.last_error).toBe('other_webhook')
  expect(telegram.webhook()?.url).toBe('https://lain.contoh.test/bot')
})

test('what vanished before it came leaves a gap that is seen; a numbering that begins anew is none', async () => {
  watch()
  telegram.write(6030, 'celah-1')
  await until(() => texts('celah')).toEqual(['celah-1'])
  // What it took it confirms when it asks for more, and no longer once it is stopped.
  await until(() => telegram.pending().length).toBe(0)
  await watches.splice(0)[0]!.stop()
  const [first] = [telegram.write(6030, 'celah-2'), telegram.write(6030, 'celah-3')]
  telegram.lose(2)
  telegram.write(6030, 'celah-4')
  watch()
  await until(() => texts('celah')).toEqual(['celah-1', 'celah-4'])
  expect(await gaps()).toEqual([])
  await app.worker_pool.query(`update telegram_updates set taken_at = taken_at - interval '1 hour'`)
  expect(await gaps()).toMatchObject([{ first_id: first.update_id, last_id: first.update_id + 1 }])

  await app.worker_pool.query(`update telegram_updates set taken_at = taken_at - interval '8 days'`)
  await app.worker_pool.query(`update telegram_bots set last_update_at = last_update_at - interval '8 days'`)
  await watches.splice(0)[0]!.stop()
  telegram.renumber(100)
  telegram.write(6030, 'celah-5')
  watch()
  await until(() => texts('celah')).toEqual(['celah-1', 'celah-4', 'celah-5'])
  await app.worker_pool.query(`update telegram_updates set taken_at = taken_at - interval '1 hour'`)
  expect((await gaps()).map(({ first_id }) => first_id)).toEqual([first.update_id])
  telegram.renumber(9_000)
})

test('what Telegram refuses is noted in its words and tried again; the token stands in no line and no row', async () => {
  telegram.next(
    'getMe',
    { status: 401, description: `Unauthorized ${TOKEN}` },
    { status: 500, description: 'Internal' },
  )
  const one = watch()
  await until(async () => (await seen())?.last_error).toBe('401 Unauthorized …')
  await until(async () => (await seen())?.state).toBe('open')
  await one.stop()
  const gone = await startTelegram()
  await gone.stop()
  const elsewhere = { ...app.settings, PANDU_TELEGRAM_API: gone.api }
  watch('polling', { settings: elsewhere })
  await until(async () => (await seen())?.last_error).toBe('ECONNREFUSED')
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.join('\n')).not.toContain(TOKEN.split(':')[1])
  const { rows } = await app.worker_pool.query('select * from telegram_bots')
  expect(JSON.stringify(rows)).not.toContain(TOKEN.split(':')[1])
})

test('a press is confirmed once it is kept, and its buttons are gone', async () => {
  await ask('sendMessage', {
    chat_id: 6040,
    text: 'Teratasi?',
    reply_markup: { inline_keyboard: [[{ text: 'Sudah', callback_data: 'AZCywBEReryN7wEjRWeJqw.solved' }]] },
  })
  watch()
  telegram.press(6040, 'Sudah')
  await until(() => telegram.calls.map(({ method }) => method)).toContain('editMessageReplyMarkup')
  const order = telegram.calls.map(({ method }) => method).filter((method) => /answerCallback|ReplyMarkup/.test(method))
  expect(order).toEqual(['answerCallbackQuery', 'editMessageReplyMarkup'])
  expect(await items('AZCywBEReryN7wEjRWeJqw.solved')).toHaveLength(1)
})

/** Fetches as a process that dies at the point; answers how it ended. */
async function startChild(point: string): Promise<unknown[]> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../server/channels/telegram/telegram-child.ts', import.meta.url))],
    {
      env: {
        ...bareEnvironment(),
        PANDU_LOG: 'silent',
        PANDU_FAULT: point,
        PANDU_DATA: app.settings.PANDU_DATA,
        PANDU_ORIGIN: origin,
        PANDU_TELEGRAM_TOKEN: TOKEN,
        PANDU_TELEGRAM_API: telegram.api,
        TEST_DATABASE: JSON.stringify({
          socket: inject('postgres_socket'),
          port: String(inject('postgres_port')),
          database: app.worker_pool.options.database,
        }),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  return once(child, 'exit')
}
