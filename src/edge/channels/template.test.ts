/** The doors of three invented sellers: what they bring stands in the ledger as it came, and can be read without their files. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readText } from '../../server/channels/index.ts'
import {
  KEY,
  nusaSms,
  rajaPesan,
  reportMark,
  templateFile,
  warungSms,
  type Heard,
} from '../../server/channels/testing.ts'
import type { App } from '../../server/platform/app.ts'
import { newId } from '../../server/platform/ids.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { openChannelsEdge } from './index.ts'

const lines = Object.entries({ nusa: nusaSms, warung: warungSms, raja: rajaPesan }).map(
  ([name, seller]) => `http:${templateFile(seller('https://penjual.contoh'))}#name=${name}&from=DINAS`,
)
const database = useDatabase({ PANDU_SMS_GATEWAY: lines.join(' ') })
let app: App
let server: Server
let origin: string
beforeAll(async () => {
  app = database.app()
  const edge = openChannelsEdge(app)
  server = createServer((request, response) => edge.answer(request.url!.split('?', 1)[0]!, request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/channels/sms/http`
})
afterAll(() => server.close())

const proxied = { 'x-forwarded-for': '203.0.113.9' }
async function ask(rest: string, given: RequestInit = {}): Promise<number> {
  const response = await fetch(`${origin}${rest}`, given)
  expect(await response.text()).toBe('')
  return response.status
}
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json', ...headers }, // prettier-ignore
})
/** What stands in the ledger since the last time, read again. */
let seen = '00000000-0000-0000-0000-000000000000'
async function heard(): Promise<(Heard | string)[]> {
  const { rows } = await app.worker_pool.query<{ id: string; raw: Buffer; greeting: string; outcome: string | null }>(
    'select id, raw, greeting, outcome from intake_items where id > $1 order by id',
    [seen],
  )
  seen = rows.at(-1)?.id ?? seen
  return rows.map(({ raw, greeting, outcome }) => {
    expect(raw.toString()).not.toContain(KEY)
    if (outcome !== null) return outcome
    try {
      return readText({ greeting, received_at: new Date() }, raw)
    } catch (error) {
      return (error as { reason: string }).reason
    }
  })
}

test('messages of each shape, and again', async () => {
  const message = (id: string, body: unknown) => ({ source: { number: '+6281234567890' }, destination: '1500', body, id, received_at: '2026-11-22T08:00:00+07:00' }) // prettier-ignore
  const batch = { messages: [message('1', 'Halo “dunia”'), message('2', { not: 'a text' }), message('3', 'ya')] }
  expect(await ask('/nusa', post(batch, { ...proxied, 'x-nusa-token': KEY }))).toBe(200)
  expect(await heard()).toEqual([
    expect.objectContaining({ kind: 'text', from: '+6281234567890', to: '1500', text: 'Halo “dunia”', remote_id: '1', at: new Date('2026-11-22T01:00:00Z') }), // prettier-ignore
    'no_text',
    expect.objectContaining({ text: 'ya', remote_id: '3' }),
  ])
  expect(await ask('/nusa', post(batch, { 'x-nusa-token': KEY }))).toBe(200)
  expect(await heard()).toEqual(['duplicate', 'duplicate', 'duplicate'])

  expect(await ask('/warung?dari=081234&isi=Lampu+mati')).toBe(200)
  // Without an id or a time nobody can know whether it is the same again: one too many is better than one lost.
  expect(await ask('/warung?dari=081234&isi=Lampu+mati')).toBe(200)
  expect(await heard()).toMatchObject([{ from: '081234', text: 'Lampu mati', remote_id: null }, { text: 'Lampu mati' }])

  expect(await ask(`/raja?sandi=${KEY}`, post('nohp=62812&tujuan=1500&pesan=50%25+%26+%EA%A6%B1&id=9&waktu=1795341789', proxied))).toBe(200) // prettier-ignore
  expect(await heard()).toMatchObject([{ from: '62812', text: '50% & ꦱ', at: new Date('2026-11-22T10:03:09Z') }])
})

test('reports: by our mark, or by the seller’s id', async () => {
  const [id, other] = [newId(), newId()]
  const reports = [
    { reference: reportMark(app.secrets, id), id: 'n-1', status: 'DELIVERED', at: 1795341789 },
    { reference: other, id: 'n-2', status: 'expired', reason: 'lewat waktu' },
    { reference: other, status: 'delivered' },
    { reference: reportMark(app.secrets, id), status: 'entah' },
  ]
  expect(await ask('/nusa/report', post({ reports }))).toBe(200)
  expect(await heard()).toEqual([
    { kind: 'receipt', gateway: 'nusa', of: { outbox_id: id, number: null }, state: 'delivered', at: new Date('2026-11-22T10:03:09Z'), error: null }, // prettier-ignore
    { kind: 'receipt', gateway: 'nusa', of: { remote_id: 'n-2' }, state: 'failed', at: null, error: 'lewat waktu' },
    // An id that anybody can count proves nothing.
    'report_of_nothing',
    { kind: 'nothing', reason: 'report_unknown' },
  ])
  expect(await ask('/warung/report?msgid=W77&stat=1')).toBe(200)
  expect(await heard()).toMatchObject([{ of: { remote_id: 'W77' }, state: 'delivered' }])
})

test('what is no list, and no JSON, is kept', async () => {
  expect(await ask('/nusa', { ...post('{"messages": [', { 'content-type': 'application/json' }) })).toBe(200)
  expect(await heard()).toEqual(['no_sender'])
})

test('who is no gateway, and addresses that there are not', async () => {
  expect(await ask('/nusa', post({ messages: [] }, proxied))).toBe(403)
  expect(await ask('/nusa', post({ messages: [] }, { ...proxied, 'x-nusa-token': 'salah' }))).toBe(403)
  expect(await ask(`/raja?sandi=salah`, post('a=b', proxied))).toBe(403)
  expect(await ask('/warung', { headers: proxied })).toBe(403)
  for (const path of ['/', '/lain', '/nusa/lain', '/nusa/report/lain', '/']) expect(await ask(path)).toBe(404)
  expect(await ask('/nusa', { method: 'DELETE' })).toBe(405)
  expect(await heard()).toEqual([])
})

test('a file that is wrong opens nothing', () => {
  const settings = { ...app.settings, PANDU_SMS_GATEWAY: `http:${templateFile('{}')}` }
  expect(() => openChannelsEdge({ ...app, settings })).toThrow(/describes neither send nor incoming; correct the file$/)
})
