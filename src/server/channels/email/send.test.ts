import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { openLog } from '../../platform/log.ts'
import { classifyFailure, openMailRelay, type Failure, type RelayTimes } from './send.ts'

const log = openLog({ PANDU_LOG: 'silent' })
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const relayAt = (port: number, times: Partial<RelayTimes> = {}, user = '') => {
  const relay = openMailRelay(`smtp://${user}127.0.0.1:${port}`, log, { finish_ms: 200, ...times })
  closing.push(() => relay.stop())
  return relay
}
const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const says = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

/** A real mail server that keeps what it accepts. */
async function sink(options: SMTPServerOptions = {}) {
  const kept: { raw: string; from: string; to: string[] }[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData: (stream, session, answer) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        kept.push({
          raw: Buffer.concat(chunks).toString(),
          from: mailFrom ? mailFrom.address : '?',
          to: rcptTo.map(({ address }) => address),
        })
        answer()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  return { port: await listen(server.server), kept }
}

/** A relay that follows a script: what it answers to each line, null for nothing, 'cut' to hang up. */
async function scripted(answer: (line: string) => string | null | 'cut') {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const say = (text: string | null) =>
      text === 'cut' ? socket.destroy() : text !== null && socket.write(`${text}\r\n`)
    socket.on('error', () => {})
    say(answer('(greeting)'))
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) say(answer(line))
    })
  })
  closing.push(() => sockets.forEach((socket) => socket.destroy()))
  return listen(server)
}
const polite = (line: string) => {
  if (line === '(greeting)') return '220 relay.contoh.id'
  if (line.startsWith('DATA')) return '354 go on'
  return /^(EHLO|MAIL|RCPT|QUIT|RSET)/.test(line) ? '250 ok' : null
}

const raw = Buffer.from('From: a@contoh.go.id\r\nMessage-ID: <1@contoh.go.id>\r\n\r\nHalo.\r\n.titik\r\n')
const envelope = { from: 'a@contoh.go.id', to: ['budi@contoh.id'] }

async function failure(sending: Promise<unknown>): Promise<Failure> {
  const error = await sending.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error, 'it should have failed').not.toBeNull()
  return classifyFailure(error)
}

test('the bytes arrive as they were made, many at once', async () => {
  const { port, kept } = await sink()
  const relay = relayAt(port)
  const sent = await Promise.all(Array.from({ length: 20 }, () => relay.send(raw, { ...envelope, from: '' })))
  expect(sent[0]).toMatchObject({ accepted: ['budi@contoh.id'], rejected: [] })
  expect(sent[0]!.response).toMatch(/^250/)
  expect(kept).toHaveLength(20)
  expect(kept[0]).toEqual({ raw: raw.toString(), from: '', to: ['budi@contoh.id'] })
})

test.each([
  ['a recipient unknown there', 550, '5.1.1 no such user', { permanent: true, code: '5.1.1' }],
  ['a recipient for later', 450, 'greylisted', { permanent: false, code: '450' }],
  ['a full relay', 452, '4.3.1 full', { permanent: false, code: '4.3.1' }],
])('%s at RCPT', async (_, code, text, expected) => {
  const { port } = await sink({ onRcptTo: (__, ___, answer) => answer(says(code, text)) })
  expect(await failure(relayAt(port).send(raw, envelope))).toMatchObject(expected)
})

test.each([
  [554, '5.7.1 looks like spam', { permanent: true, code: '5.7.1' }],
  [552, 'too large', { permanent: true, code: '552' }],
  [451, 'later', { permanent: false, code: '451' }],
])('%i after the final dot', async (code, text, expected) => {
  const { port } = await sink({
    onData: (stream, _, answer) => void stream.resume().on('end', () => answer(says(code, text))),
  })
  const found = await failure(relayAt(port).send(raw, envelope))
  expect(found).toMatchObject(expected)
  expect(found.response).toContain(text)
})

test('one refused recipient does not stop the others', async () => {
  const { port, kept } = await sink({
    onRcptTo: ({ address }, _, answer) => answer(address.startsWith('mati@') ? says(550, '5.1.1 no') : null),
  })
  const to = ['mati@contoh.id', 'hidup@contoh.id']
  expect(await relayAt(port).send(raw, { ...envelope, to })).toMatchObject({
    accepted: ['hidup@contoh.id'],
    rejected: [{ address: 'mati@contoh.id', failure: { permanent: true, code: '5.1.1' } }],
  })
  expect(kept[0]!.to).toEqual(['hidup@contoh.id'])
})

test.each<[string, (line: string) => string | null | 'cut', Partial<Failure>]>([
  ['no greeting', () => null, { permanent: false, code: 'ETIMEDOUT' }],
  ['a greeting of garbage', () => '\u0001\u0002 garbage', { permanent: false }],
  ['a refusing greeting', () => '554 not from you', { permanent: false }],
  ['a cut at once', () => 'cut', { permanent: false }],
  ['a cut after the final dot', (line) => (line === '.' ? 'cut' : polite(line)), { permanent: false }],
  [
    'silence after MAIL',
    (line) => (line.startsWith('MAIL') ? null : polite(line)),
    { permanent: false, code: 'ETIMEDOUT' },
  ],
  ['silence after the final dot', polite, { permanent: false, code: 'ETIMEDOUT' }],
])('%s is a fault that passes, and it is sent only once', async (_, answer, expected) => {
  let mails = 0
  const port = await scripted((line) => {
    if (line.startsWith('MAIL')) mails++
    return answer(line)
  })
  const relay = relayAt(port, { greeting_ms: 300, socket_ms: 300, connect_ms: 2000 })
  expect(await failure(relay.send(raw, envelope))).toMatchObject(expected)
  expect(mails).toBeLessThanOrEqual(1)
})

test('a relay that is not there, or does not know us, can be repaired', async () => {
  const { port } = await sink()
  expect(await failure(relayAt(1).send(raw, envelope))).toMatchObject({ permanent: false, code: 'ESOCKET' })
  const strict = await sink({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_, __, answer) => answer(says(535, '5.7.8 wrong password')),
  })
  expect(await failure(relayAt(strict.port, {}, 'pandu:salah@').send(raw, envelope))).toMatchObject({
    permanent: false,
  })
  const relay = relayAt(port)
  await relay.send(raw, envelope)
  await relay.stop()
  expect(await failure(relay.send(raw, envelope))).toMatchObject({ permanent: false })
})

test('stopping does not wait for a relay that hangs', async () => {
  const relay = relayAt(await scripted(polite), { socket_ms: 60_000 })
  const sending = failure(relay.send(raw, envelope))
  await relay.stop()
  expect(await sending).toMatchObject({ permanent: false })
})

test.each<[unknown, Partial<Failure>]>([
  [null, { permanent: false, code: null, response: '' }],
  [new Error('odd'), { permanent: false, code: null, response: 'odd' }],
  [
    { code: 'EENVELOPE', message: 'No recipients defined' },
    { permanent: true, code: 'EENVELOPE' },
  ],
  [
    { code: 'EDNS', message: 'getaddrinfo ENOTFOUND' },
    { permanent: false, code: 'EDNS' },
  ],
  [
    { code: 'EMESSAGE', responseCode: 421, response: '421 bye' },
    { permanent: false, code: '421' },
  ],
  [
    { code: 'EPROTOCOL', responseCode: 500, command: 'EHLO', response: '500 what' },
    { permanent: false, code: '500' },
  ],
  [
    { responseCode: 550, response: '550-5.1.1 first\r\n550 5.1.1 second' },
    { permanent: true, code: '5.1.1' },
  ],
])('%j', (error, expected) => {
  expect(classifyFailure(error)).toMatchObject(expected)
})
