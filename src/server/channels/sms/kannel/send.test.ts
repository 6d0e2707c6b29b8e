/** Against a server that answers as Kannel's smsbox does (sentences: gw/smsbox.c; seen from a real one in tests/peers/kannel.test.ts). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readGatewayLines } from '../../../../gateway-lines.ts'
import { readSettings } from '../../../../settings.ts'
import type { App } from '../../../platform/app.ts'
import { openSecrets } from '../../../platform/secrets.ts'
import type { DueText, Gateway, TextAttempt } from '../../texts/adapter.ts'
import { readReportMark } from '../../texts/report-mark.ts'
import { openConnections } from '../ask-gateway.ts'
import { openKannel } from './send.ts'

const { settings } = readSettings({ PANDU_SECRET: 'contoh-contoh-contoh-contoh-contoh-contoh', PANDU_PORT: '8080' })
const app = { settings, secrets: openSecrets(settings) } as App
const TEXT: DueText = {
  outbox_id: '01990b2a-7c11-7d3e-8f00-1a2b3c4d5e6f',
  channel: 'sms',
  to: '+6281234567890',
  text: 'Nomor 100057: 50% + 1 & selesai?',
  parts: ['Nomor 100057: 50% + 1 & selesai?'],
  coding: 'gsm',
  language: 'id',
  options: {},
  attachments: [],
}

let server: Server
let port: number
let answer: (response: ServerResponse, request: IncomingMessage) => void
let asked: URLSearchParams
beforeAll(async () => {
  server = createServer((request, response) => {
    asked = new URL(request.url!, 'http://x').searchParams
    answer(response, request)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const open = (line = `kannel:http://pandu:raha%26sia@127.0.0.1:${port}/cgi-bin/sendsms?smsc=A#name=satu&from=1500`, ms = 5_000): Gateway =>
  openKannel(app, readGatewayLines(line)[0]!, openConnections(ms)) // prettier-ignore

test('what Kannel is asked', async () => {
  answer = (response) => response.writeHead(202).end('0: Accepted for delivery')
  const gateway = open()
  expect(gateway.state().connected).toBeNull()
  expect(await gateway.send(TEXT)).toEqual({ state: 'accepted', ids: [null] })
  expect(gateway.state()).toMatchObject({ connected: true, last_error: null })
  const { 'dlr-url': dlr = '', ...rest } = Object.fromEntries(asked)
  expect(rest).toEqual({
    smsc: 'A',
    username: 'pandu',
    password: 'raha&sia',
    from: '1500',
    to: TEXT.to,
    text: TEXT.text,
    charset: 'UTF-8',
    'dlr-mask': '27',
  })
  const [, mark = ''] = /^http:\/\/127\.0\.0\.1:8080\/channels\/sms\/kannel\/report\/satu\?of=([\w-]+)&type=%d&at=%T&id=%F&answer=%A$/.exec(dlr) ?? [] // prettier-ignore
  expect(readReportMark(app.secrets, mark)).toBe(TEXT.outbox_id)
  await gateway.send({ ...TEXT, text: 'ꦱ 😀', coding: 'ucs2' })
  expect([asked.get('coding'), asked.get('text')]).toEqual(['2', 'ꦱ 😀'])
  await gateway.stop()
})

test.each<[number, string, TextAttempt]>([
  [202, '3: Queued for later delivery', { state: 'accepted', ids: [null] }],
  [
    403,
    'Authorization failed for sendsms',
    { state: 'later', error: '403 Authorization failed for sendsms', away: true },
  ],
  [403, 'Not routable. Do not try again.', { state: 'refused', error: '403 Not routable. Do not try again.' }],
  [400, 'Missing receiver number, rejected', { state: 'refused', error: '400 Missing receiver number, rejected' }],
  [400, 'Number(s) has/have been denied by white- and/or black-lists.', { state: 'refused', error: '400 Number(s) has/have been denied by white- and/or black-lists.' }], // prettier-ignore
  [400, 'Sender missing and no global set, rejected', { state: 'later', error: '400 Sender missing and no global set, rejected', away: true }], // prettier-ignore
  [503, 'Temporal failure, try again later.', { state: 'later', error: '503 Temporal failure, try again later.', away: true }], // prettier-ignore
  [404, '<html><body>Unknown request.</body></html>', { state: 'later', error: '404 Unknown request.', away: true }],
  [301, '', { state: 'later', error: '301', away: true }],
  [504, 'Gateway Timeout', { state: 'unknown', error: '504 Gateway Timeout' }],
  [200, '<p>Silakan masuk ke jaringan Wi-Fi</p>', { state: 'unknown', error: '200 Silakan masuk ke jaringan Wi-Fi' }],
])('%i %s', async (status, sentence, attempt) => {
  answer = (response) => response.writeHead(status, status === 301 ? { location: '/' } : {}).end(sentence)
  const gateway = open()
  expect(await gateway.send(TEXT)).toEqual(attempt)
  expect(gateway.state().connected).toBe(attempt.state !== 'later')
  await gateway.stop()
})

test('nobody listens: nothing was taken; no answer: nobody knows', async () => {
  const away = open('kannel:http://pandu:rahasia@127.0.0.1:1/cgi-bin/sendsms')
  expect(await away.send(TEXT)).toEqual({ state: 'later', error: 'ECONNREFUSED', away: true })
  expect(away.state()).toMatchObject({ connected: false, last_error: 'ECONNREFUSED' })
  answer = (response) => response.destroy()
  expect(await open().send(TEXT)).toEqual({ state: 'unknown', error: 'ECONNRESET' })
  answer = () => undefined
  expect(await open(undefined, 200).send(TEXT)).toEqual({ state: 'unknown', error: 'ETIMEDOUT' })
  answer = (response) => response.writeHead(202, { 'content-length': 100 }).write('0: Acc')
  expect(await open(undefined, 200).send(TEXT)).toMatchObject({ state: 'unknown' })
})

test('the password is in no error and no state', async () => {
  const gateway = open('kannel:http://pandu:rahasia@tidak-ada.invalid/cgi-bin/sendsms')
  const attempt = await gateway.send(TEXT)
  expect(attempt).toMatchObject({ state: 'later', away: true })
  expect(JSON.stringify([attempt, gateway.state()])).not.toMatch(/rahasia|pandu:/)
})

test.each<[string, string, Record<string, string>]>([
  ['on this machine', 'http://127.0.0.1:8080', { PANDU_HOST: '0.0.0.0', PANDU_PORT: '8080' }],
  ['elsewhere, and we listen there', 'http://10.0.0.5:8080', { PANDU_HOST: '10.0.0.5', PANDU_PORT: '8080' }],
  ['elsewhere, behind a proxy', 'https://bantuan.contoh.id', { PANDU_ORIGIN: 'https://bantuan.contoh.id' }],
])('where its reports come: %s', async (where, origin, given) => {
  const { settings } = readSettings({ PANDU_GATEWAY_KEY: 'kunci-kunci-kunci-kunci', ...given })
  const url =
    where === 'on this machine' ? `http://p:w@127.0.0.1:${port}/s` : `http://p:w@localhost.localdomain.invalid/s`
  const seen: URL[] = []
  const connections = {
    ask: async (asked: URL) => (seen.push(asked), { kind: 'no_answer' as const, error: '' }),
    stop: () => undefined,
  }
  await openKannel({ settings, secrets: app.secrets } as App, readGatewayLines(`kannel:${url}`)[0]!, connections).send(
    TEXT,
  )
  expect(seen[0]!.searchParams.get('dlr-url')).toMatch(new RegExp(`^${origin}/channels/sms/kannel/report/kannel\\?of=.*&key=kunci-kunci-kunci-kunci$`)) // prettier-ignore
  await openKannel({ settings, secrets: app.secrets } as App, readGatewayLines(`kannel:${url}#reports=http://pandu.contoh:90`)[0]!, connections).send(TEXT) // prettier-ignore
  expect(seen[1]!.searchParams.get('dlr-url')).toContain('http://pandu.contoh:90/channels')
})
