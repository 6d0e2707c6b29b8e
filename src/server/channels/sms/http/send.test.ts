/** Three invented sellers, each a real server on the loopback address. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readGatewayLines } from '../../../../gateway-lines.ts'
import { readSettings, SettingFault } from '../../../../settings.ts'
import type { App } from '../../../platform/app.ts'
import { openSecrets } from '../../../platform/secrets.ts'
import type { DueText, TextAttempt } from '../../texts/adapter.ts'
import { reportMark } from '../../texts/report-mark.ts'
import { nusaSms, rajaPesan, templateFile, warungSms } from './sellers.testing.ts'
import { openHttp } from './send.ts'
import { readTemplate } from './template.ts'

const { settings } = readSettings({ PANDU_SECRET: 'contoh-contoh-contoh-contoh-contoh-contoh', PANDU_PORT: '8080' })
const app = { settings, secrets: openSecrets(settings) } as App
const TEXT: DueText = {
  outbox_id: '01990b2a-7c11-7d3e-8f00-1a2b3c4d5e6f',
  channel: 'sms',
  to: '+6281234567890',
  text: 'Nomor {id} "100057": 50% & selesai?\nDinas Contoh',
  parts: [],
  coding: 'gsm',
  language: 'id',
  options: {},
  attachments: [],
}
const MARK = reportMark(app.secrets, TEXT.outbox_id)

let server: Server
let origin: string
let answer: { status: number; body: string; headers?: Record<string, string> }
let asked: { method: string; url: URL; headers: IncomingHttpHeaders; body: string }
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      asked = { method: request.method!, url: new URL(request.url!, 'http://x'), headers: request.headers, body }
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function send(template: unknown, given: typeof answer, text: Partial<DueText> = {}): Promise<TextAttempt> {
  answer = given
  const [line] = readGatewayLines(`http:${templateFile(template)}#name=contoh&from=DINAS`)
  const gateway = openHttp(app, line!)
  const attempt = await gateway.send({ ...TEXT, ...text })
  expect(gateway.state().connected).toBe(attempt.state !== 'later')
  await gateway.stop()
  return attempt
}

test('what each seller is asked', async () => {
  const ok = { status: 200, body: '{"data":[{"status":"queued","id":"n-1"}]}' }
  expect(await send(nusaSms(origin), ok)).toEqual({ state: 'accepted', ids: ['n-1'] })
  expect(asked).toMatchObject({ method: 'POST', url: { pathname: '/v1/messages' }, headers: { authorization: 'Bearer contoh-token-rahasia', 'content-type': 'application/json' } }) // prettier-ignore
  expect(JSON.parse(asked.body)).toEqual({
    messages: [{ destination: '+6281234567890', body: TEXT.text, sender: 'DINAS', reference: MARK }],
    callback: 'http://127.0.0.1:8080/channels/sms/http/contoh/report',
    flash: false,
  })

  expect(await send(warungSms(origin), { status: 200, body: '0|W77\n' })).toEqual({ state: 'accepted', ids: ['W77'] })
  expect([asked.method, asked.url.pathname, Object.fromEntries(asked.url.searchParams)]).toEqual([
    'GET',
    '/kirim.php',
    { user: 'contoh', pass: 'sandi-rahasia', tujuan: '081234567890', pesan: TEXT.text },
  ])
  await send(warungSms(origin), { status: 200, body: '0|W78' }, { text: 'ꦱ', coding: 'ucs2', to: '+61412345678' })
  expect(Object.fromEntries(asked.url.searchParams)).toMatchObject({
    tujuan: '61412345678',
    pesan: 'ꦱ',
    jenis: 'unicode',
  })

  expect(await send(rajaPesan(origin), { status: 200, body: '{"status":"1"}' })).toEqual({
    state: 'accepted',
    ids: [null],
  })
  expect(Object.fromEntries(new URLSearchParams(asked.body))).toEqual({ apikey: 'contoh-kunci-api', nohp: '6281234567890', pesan: TEXT.text, ref: MARK, dari: 'DINAS' }) // prettier-ignore
})

test.each<[string, (origin: string) => unknown, typeof answer, TextAttempt]>([
  ['a number that cannot be', nusaSms, { status: 200, body: '{"data":[{"status":"invalid_number"}],"message":"Nomor salah"}' }, { state: 'refused', error: 'refused_number 200 Nomor salah' }], // prettier-ignore
  ['too fast, and how long to wait', nusaSms, { status: 429, body: '{"message":"slow"}', headers: { 'retry-after': '3' } }, { state: 'later', error: '429 slow', away: true, after_ms: 3_000 }], // prettier-ignore
  ['no money left', nusaSms, { status: 402, body: '{"message":"Saldo habis"}' }, { state: 'later', error: '402 Saldo habis', away: true }], // prettier-ignore
  ['a yes that is none', nusaSms, { status: 200, body: '<html>Perawatan</html>' }, { state: 'unknown', error: '200 Perawatan' }], // prettier-ignore
  ['an error of its own', nusaSms, { status: 500, body: '{}' }, { state: 'unknown', error: '500 {}' }],
  ['away', nusaSms, { status: 503, body: '' }, { state: 'later', error: '503', away: true }],
  ['too fast, by a word', warungSms, { status: 200, body: '9|terlalu cepat' }, { state: 'later', error: '200 9|terlalu cepat', away: true, after_ms: 5_000 }], // prettier-ignore
  ['refused, by a word', warungSms, { status: 200, body: '2|nomor salah' }, { state: 'refused', error: 'refused_number 200 2|nomor salah' }], // prettier-ignore
  ['refused, by a number', rajaPesan, { status: 200, body: '{"status":4,"keterangan":"diblokir"}' }, { state: 'refused', error: 'refused_number 200 diblokir' }], // prettier-ignore
  ['what it repeats is not kept', rajaPesan, { status: 200, body: `{"status":3,"keterangan":"contoh-kunci-api tidak boleh ke 6281234567890"}` }, { state: 'later', error: '200 *** tidak boleh ke ***', away: true }], // prettier-ignore
])('%s', async (_, template, given, attempt) => {
  expect(await send(template(origin), given)).toEqual(attempt)
})

test('nobody listens', async () => {
  expect(await send(warungSms('http://127.0.0.1:1'), { status: 200, body: '' })).toEqual({ state: 'later', error: 'ECONNREFUSED', away: true }) // prettier-ignore
})

const good = () => structuredClone(warungSms('https://penjual.contoh')) as Record<string, Record<string, unknown>>
test.each<[string, unknown, string]>([
  ['no JSON', '{', 'is no JSON'],
  ['a misspelt word', { ...good(), send: { ...good()['send'], feilds: {} } }, 'has feilds in send, which nobody knows'],
  ['nothing described', {}, 'has a fault in the whole: describes neither send nor incoming'],
  ['no address', { send: { ...good()['send'], url: 'penjual.contoh' } }, 'has a fault in send.url: must be an address'],
  ['no success', { send: { ...good()['send'], accepted: {} } }, 'has a fault in send.accepted: must name a status, a field or a pattern'], // prettier-ignore
  ['a field without words', { send: { ...good()['send'], accepted: { field: 'a' } } }, 'has a fault in send.accepted: needs both field and is'], // prettier-ignore
  ['a broken pattern', { send: { ...good()['send'], accepted: { pattern: '(' } } }, 'has a fault in send.accepted.pattern: is no regular expression'], // prettier-ignore
  ['an unknown placeholder', { send: { ...good()['send'], fields: { a: '{to} {text} {nama}' } } }, 'has a fault in send: has {nama}; there are only {to}'], // prettier-ignore
  [
    'no text',
    { send: { ...good()['send'], fields: { a: '{to}' } } },
    'has a fault in send: says nowhere where {text} goes',
  ],
  ['depth in a form', { send: { ...good()['send'], fields: { a: { b: '{to}{text}' } } } }, 'has a fault in send: has a field within a field'], // prettier-ignore
  ['a body for a GET', { send: { ...good()['send'], format: 'json' } }, 'has a fault in send: has the method GET'],
  ['a mark that was never given', { ...good(), reports: { fields: { mark: 'r', state: 's' }, states: { delivered: [], failed: [] } } }, 'has a fault in the whole: has reports with a mark'], // prettier-ignore
  ['a short key', { ...good(), key: { header: 'X-Token', value: 'pendek' } }, 'has a fault in key.value: must have at least 16 characters'], // prettier-ignore
  ['no sender in the line', { send: { ...good()['send'], fields: { a: '{to}{text}{from}' } } }, 'uses {from}, but its line has no #from='], // prettier-ignore
])('a file that is wrong stops the start: %s', (_, template, sentence) => {
  const path = templateFile(template)
  const read = () => readTemplate({ url: path, from: null })
  expect(read).toThrow(SettingFault)
  expect(read).toThrow(`PANDU_SMS_GATEWAY: ${path} ${sentence}`)
})

test('a file that is not there', () => {
  expect(() => readTemplate({ url: '/tidak/ada.json', from: null })).toThrow('PANDU_SMS_GATEWAY: /tidak/ada.json cannot be read (ENOENT)') // prettier-ignore
})

test('the example of docs/channels.md is one that works', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../docs/channels.md'), 'utf8')
  const [, example = ''] = /```json\n([^]*?)```/.exec(page) ?? []
  expect(readTemplate({ url: templateFile(example), from: 'DINAS' })).toMatchObject({ send: { format: 'json' } })
})
