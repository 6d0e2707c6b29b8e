/** The door through which a Kannel comes: what is answered when, and what stands in the ledger then. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportMark } from '../../server/channels/testing.ts'
import type { App } from '../../server/platform/app.ts'
import { newId } from '../../server/platform/ids.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { openChannelsEdge } from './index.ts'

const KEY = 'contoh-kunci-gerbang-sms'
const database = useDatabase({ PANDU_GATEWAY_KEY: KEY })
let app: App
let server: Server
let origin: string
let pokes = 0
beforeAll(async () => {
  app = { ...database.app(), poke: () => (pokes += 1) }
  // What the app is may change under a running edge.
  const edge = openChannelsEdge(new Proxy({} as App, { get: (_, name) => app[name as keyof App] }))
  server = createServer((request, response) => edge.answer(request.url!.split('?', 1)[0]!, request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/channels/sms/kannel`
})
afterAll(() => server.close())

const ask = async (rest: string, given: RequestInit = {}) => {
  const response = await fetch(`${origin}${rest}`, given)
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}
const itemsFrom = async (sender: string) =>
  (
    await app.worker_pool.query(
      'select channel, greeting, recipients, remote, outcome, raw from intake_items where envelope_from = $1 order by id',
      [sender],
    )
  ).rows as { channel: string; greeting: string; recipients: string[]; remote: string; outcome: string; raw: Buffer }[]
/** Invented, and not used by another test. */
const aNumber = () => `+6281${BigInt(`0x${newId().slice(-8)}`)}`
const query = (from: string, more = '') => `?from=${encodeURIComponent(from)}&to=1500&text=halo+saja${more}`

test('200 with nothing in it, once it is in the ledger; the same id again is told there', async () => {
  const from = aNumber()
  pokes = 0
  expect(await ask(query(from, '&id=7'))).toEqual({ status: 200, type: 'text/plain', body: '' })
  expect(pokes).toBe(1)
  expect(await ask(query(from, '&id=7'))).toEqual({ status: 200, type: 'text/plain', body: '' })
  expect(pokes).toBe(1)
  const items = await itemsFrom(from)
  expect(items).toMatchObject([
    { channel: 'sms', greeting: 'kannel:kannel', recipients: ['1500'], remote: '127.0.0.1', outcome: null },
    { outcome: 'duplicate' },
  ])
  expect(items[0]!.raw.toString()).toMatch(/^GET \/channels\/sms\/kannel\?from=.*&id=7 HTTP\/1\.1\r\n[^]*\r\n\r\n$/)
})

test('posted text goes to the gateway that the address names', async () => {
  const from = aNumber()
  const given = { method: 'POST', body: 'Lampu mati', headers: { 'content-type': 'text/plain', 'x-kannel-from': from } }
  expect(await ask('/satu?id=1', given)).toMatchObject({ status: 200, body: '' })
  const [item] = await itemsFrom(from)
  expect(item).toMatchObject({ greeting: 'kannel:satu' })
  expect(item!.raw.toString()).toMatch(/\r\n\r\nLampu mati$/)
})

test('a wrong configuration loses nothing: what makes no sense is kept as it came', async () => {
  const from = aNumber()
  expect(await ask(`/satu?from=${encodeURIComponent(from)}&pesan=halo`)).toMatchObject({ status: 200, body: '' })
  expect(await itemsFrom(from)).toHaveLength(1)
})

test('who is no gateway is refused, and nothing is kept; who knows the key is one behind any proxy', async () => {
  const from = aNumber()
  const proxied = { headers: { 'x-forwarded-for': '203.0.113.9' } }
  expect(await ask(query(from, '&id=8'), proxied)).toEqual({ status: 403, type: 'text/plain', body: '' })
  expect(await ask(query(from, '&id=8&key=salah-salah-salah'))).toMatchObject({ status: 403 })
  expect(await itemsFrom(from)).toEqual([])
  expect(await ask(query(from, `&id=8&key=${KEY}`), proxied)).toMatchObject({ status: 200, body: '' })
  const items = await itemsFrom(from)
  expect(items).toHaveLength(1)
  expect(items[0]!.raw.toString()).not.toContain(KEY)
})

test('503 where it cannot be kept, so that Kannel tries again; then it is one item', async () => {
  const from = aNumber()
  const whole = app
  app = { ...whole, available: () => false }
  expect(await ask(query(from, '&id=9'))).toMatchObject({ status: 503, body: '' })
  const lost = { connect: () => Promise.reject(new Error('connect ECONNREFUSED')) } as unknown as App['worker_pool']
  app = { ...whole, worker_pool: lost }
  expect(await ask(query(from, '&id=9'))).toMatchObject({ status: 503, body: '' })
  app = whole
  expect(await ask(query(from, '&id=9'))).toMatchObject({ status: 200, body: '' })
  expect(await itemsFrom(from)).toHaveLength(1)
})

test('a report is kept when it names a text by our mark, and refused when it counts ids', async () => {
  const reports = async () =>
    (await app.worker_pool.query(`select greeting from intake_items where raw like '% /channels/sms/kannel/report%'`))
      .rows
  const id = newId()
  expect(await ask(`/report?of=${id}&type=1`)).toMatchObject({ status: 403 })
  expect(await ask(`/report/satu?type=1`)).toMatchObject({ status: 403 })
  expect(await reports()).toEqual([])
  const mark = reportMark(app.secrets, id)
  for (const type of [1, 8, 8]) expect(await ask(`/report/satu?of=${mark}&type=${type}`)).toMatchObject({ status: 200, body: '' }) // prettier-ignore
  expect(await reports()).toEqual(Array.from({ length: 3 }, () => ({ greeting: 'kannel:satu' })))
})

test('other methods, addresses and sizes', async () => {
  expect(await ask('', { method: 'PUT' })).toMatchObject({ status: 405 })
  expect(await ask('/a/b')).toMatchObject({ status: 404 })
  const large = { method: 'POST', body: 'a'.repeat(300_000), headers: { 'content-type': 'text/plain' } }
  expect(await ask('?from=1', large)).toMatchObject({ status: 413 })
})
