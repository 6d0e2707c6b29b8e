import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import {
  aMessage,
  aStatus,
  startWhatsappServer,
  webhook,
  type WhatsappServer,
} from '../../../tests/peers/whatsapp-server.ts'
import type { App } from '../../server/platform/app.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { setEveryHeader } from '../every-header.ts'
import { openChannelsEdge } from './index.ts'

const meta: WhatsappServer = await startWhatsappServer()
const database = useDatabase(meta.settings)
let url: string
let app: App
let available = true
let pokes = 0
/** Items of earlier tests end here. */
let last: string
const server = createServer((request, response) => {
  setEveryHeader(response, true)
  if (!edge.answer(request.url!.split('?', 1)[0]!, request, response)) response.writeHead(418).end()
})
let edge: ReturnType<typeof openChannelsEdge>

beforeAll(async () => {
  app = { ...database.app(), available: () => available, poke: (whom) => void (pokes += whom === 'whatsapp' ? 1 : 0) }
  edge = openChannelsEdge(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/channels/whatsapp`
})
afterAll(async () => {
  server.close()
  await meta.close()
})
beforeEach(async () => {
  available = true
  const { rows } = await app.worker_pool.query<{ id: string }>('select id from intake_items order by id desc limit 1')
  last = rows[0]?.id ?? '00000000-0000-0000-0000-000000000000'
})

interface Row {
  raw: Buffer
  outcome: string | null
  envelope_from: string | null
  greeting: string
}
const items = async () =>
  (
    await app.worker_pool.query<Row>(
      'select raw, outcome, envelope_from, greeting from intake_items where id > $1::uuid order by id',
      [last],
    )
  ).rows

const handshake = async (given: Record<string, string>) => {
  const asked = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', ...given }
  const response = await fetch(`${url}?${new URLSearchParams(asked)}`)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('Meta hears its challenge back for the right words only, and never as a page', async () => {
  const known = { 'hub.verify_token': meta.settings.PANDU_WHATSAPP_VERIFY }
  expect(await handshake(known)).toEqual({ status: 200, type: 'text/plain; charset=utf-8', text: '1158201444' })
  for (const wrong of [
    {},
    { 'hub.verify_token': '' },
    { 'hub.verify_token': `${known['hub.verify_token']}x` },
    { ...known, 'hub.mode': 'unsubscribe' },
    { ...known, 'hub.challenge': '<script>alert(1)</script>' },
    { ...known, 'hub.challenge': '' },
  ])
    expect(await handshake(wrong)).toMatchObject({ status: 403, text: '' })
})

test('without Meta’s signature over these very bytes nothing is written', async () => {
  const request = webhook({ messages: [aMessage({ text: { body: 'Café di jl. Mawar / 5 🌋' } })] })
  const sign = (bytes: string, secret = meta.settings.PANDU_WHATSAPP_SECRET) =>
    createHmac('sha256', secret).update(bytes).digest('hex')
  const bytes = Buffer.from('{"entry":[{"changes":[{"value":{"messages":[{"id":"a","text":"\\u00e9\\/"}]}}]}]}')
  const good = sign(bytes.toString())
  for (const signature of [
    null,
    '',
    good,
    'sha256=',
    `sha256=${good.slice(0, 62)}`,
    `sha256=${good.toUpperCase()}`,
    `SHA256=${good}`,
    `sha1=${good}`,
    `sha256=${sign(bytes.toString(), '0'.repeat(32))}`,
    // As whoever parses first and signs what they wrote again would have it.
    `sha256=${sign(JSON.stringify(JSON.parse(bytes.toString())))}`,
    `sha256=${good}, sha256=${good}`,
  ])
    expect([signature, await meta.bring(url, null, { bytes, signature })]).toEqual([signature, 401])
  expect(await items()).toEqual([])
  expect(await meta.bring(url, request)).toBe(200)
  expect((await items()).map(({ envelope_from, greeting }) => [envelope_from, greeting])).toEqual([
    ['+6281234567890', 'whatsapp:whatsapp'],
  ])
})

test('each message and state of a batch is an item; what comes again is a duplicate; the intake is told', async () => {
  const message = aMessage()
  const request = webhook({ messages: [message, 'rusak', aMessage()], statuses: [aStatus('wamid.A', 'read')] })
  pokes = 0
  expect(await meta.bring(url, request)).toBe(200)
  expect((await items()).map(({ outcome }) => outcome)).toEqual([null, null, null, null])
  expect(pokes).toBe(1)
  expect(await meta.bring(url, webhook({ messages: [message] }))).toBe(200)
  expect((await items()).map(({ outcome }) => outcome)).toEqual([null, null, null, null, 'duplicate'])
  expect(await meta.bring(url, null, { bytes: Buffer.from('bukan json') })).toBe(200)
  expect(await items()).toHaveLength(6)
})

test('503 while it cannot be kept, and nothing is lost when it comes again', async () => {
  const request = webhook({ messages: [aMessage(), aMessage()] })
  available = false
  expect(await meta.bring(url, request)).toBe(503)
  available = true
  const connect = vi.spyOn(app.worker_pool, 'connect').mockRejectedValue(new Error('no database'))
  expect(await meta.bring(url, request)).toBe(503)
  connect.mockRestore()
  expect(await items()).toEqual([])
  expect(await meta.bring(url, request)).toBe(200)
  expect((await items()).map(({ outcome }) => outcome)).toEqual([null, null])
})

test('a large company is taken whole, many come at once, too much is refused', async () => {
  const many = Array.from({ length: 1_000 }, () => aStatus(`wamid.${Math.random()}`, 'sent'))
  expect(await meta.bring(url, webhook({ statuses: many }))).toBe(200)
  const calls = Array.from({ length: 100 }, () => meta.bring(url, webhook({ messages: [aMessage()] })))
  expect(new Set(await Promise.all(calls))).toEqual(new Set([200]))
  expect(await items()).toHaveLength(1_100)
  expect(await meta.bring(url, null, { bytes: Buffer.alloc(4 * 1024 * 1024 + 1, 32) })).toBe(413)
  expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405)
})

/** A stranger who says how much will come, sends some of it, and then waits. Answers what they hear, until it ends. */
function begin(to: string, headers: Record<string, string>, bytes: number) {
  const { port } = new URL(to)
  const socket = connect(Number(port), '127.0.0.1')
  const lines = Object.entries({ host: 'pandu', 'content-length': String(4 * 1024 * 1024), ...headers })
  socket.write(
    `POST /channels/whatsapp HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )
  socket.write(Buffer.alloc(bytes, 32))
  // Whoever is refused while they still write may be cut off.
  socket.on('error', () => undefined)
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  return { socket, heard: () => heard.slice(9, 12) }
}
const FORGED = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }

test('a body without a signature is not waited for, a slow one is cut', async () => {
  const unsigned = begin(url, {}, 10)
  await once(unsigned.socket, 'close')
  expect(unsigned.heard()).toBe('401')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const arrived = once(server, 'request')
    const slow = begin(url, FORGED, 10)
    await arrived
    const closed = once(slow.socket, 'close')
    vi.advanceTimersByTime(8_000)
    await closed
    expect(slow.heard()).toBe('')
  } finally {
    vi.useRealTimers()
  }
})

test('one address fills its own room only; Meta is still heard', async () => {
  const behind = openChannelsEdge({ ...app, settings: { ...app.settings, PANDU_TRUSTED_PROXIES: ['127.0.0.1'] } })
  const other = createServer((request, response) => void behind.answer('/channels/whatsapp', request, response))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}/channels/whatsapp`
  const stranger = { ...FORGED, 'x-forwarded-for': '203.0.113.7' }
  const slow = Array.from({ length: 3 }, () => begin(at, stranger, 4 * 1024 * 1024 - 1))
  await vi.waitFor(() => expect(slow.map(({ heard }) => heard()).filter(Boolean)).toEqual(['503']), 5_000)
  expect(await meta.bring(at, webhook({ messages: [aMessage()] }))).toBe(200)
  for (const { socket } of slow) socket.destroy()
  other.close()
})

test('where there is no WhatsApp there is no such address', async () => {
  const none = openChannelsEdge({ ...app, settings: { ...app.settings, PANDU_WHATSAPP_TOKEN: undefined } })
  const other = createServer((request, response) => void none.answer('/channels/whatsapp', request, response))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}/channels/whatsapp`
  expect(await meta.bring(at, webhook({ messages: [aMessage()] }))).toBe(404)
  other.close()
})
