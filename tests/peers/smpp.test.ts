/** A line to an operator by SMPP 3.4: nothing that we answered is lost, nothing goes twice, whatever is cut, frozen or killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { App } from '../../src/server/platform/app.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'
import type { DueText, Gateway, Heard, TextAttempt } from '../../src/server/channels/texts/adapter.ts'
import { readGatewayLines } from '../../src/server/channels/texts/read-gateways.ts'
import { readText } from '../../src/server/channels/texts/read-text.ts'
import { joinParts } from '../../src/server/channels/sms/join-parts.ts'
import { segment } from '../../src/server/channels/sms/segments.ts'
import { openSmpp } from '../../src/server/channels/sms/smpp/open-smpp.ts'
import { freePorts } from '../e2e/start-pandu.ts'
import { startSmsc, type Smsc } from './smsc.ts'

const database = useDatabase()
let smsc: Smsc
let port: number
const lines: string[] = []
const open: Gateway[] = []
beforeAll(async () => {
  ;[port] = await freePorts()
  smsc = await startSmsc(port)
})
beforeEach(async () => {
  await smsc.kill()
  await smsc.start()
})
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.stop()
})
afterAll(() => smsc?.kill())

const lineOf = (more = '', user = 'pandu') =>
  `smpp://${user}:rahasia%3A1@127.0.0.1:${port}?enquire=1&answer=3${more}#name=satu&from=1500`
function appOf(): App {
  const log = openLog({ PANDU_LOG: 'debug' }, { write: (line: string) => void lines.push(line) })
  return { ...database.app(), log }
}
function begin(line = lineOf(), app = appOf()): Gateway {
  const gateway = openSmpp(app, readGatewayLines(line)[0]!)
  open.push(gateway)
  return gateway
}
async function bound(line?: string, app?: App): Promise<Gateway> {
  const gateway = begin(line, app)
  await connected(gateway)
  return gateway
}
const connected = (gateway: Gateway) =>
  expect.poll(() => gateway.state().connected, { timeout: 30_000, interval: 20 }).toBe(true)
const due = (text: string, to = '+6281234'): DueText => {
  const { parts, coding } = segment(text)
  return { outbox_id: newId(), channel: 'sms', to, text, parts, coding, language: 'id', options: {}, attachments: [] }
}
const idsOf = (attempt: TextAttempt) => (attempt.state === 'accepted' ? attempt.ids : [])
const submitted = async () => (await smsc.tell()).log.filter(({ what }) => what === 'submit_sm')
const count = async (what: string) => (await smsc.tell()).log.filter((one) => one.what === what).length
const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex')
const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex')

/** What the ledger holds from this number, oldest first, as it is read. */
async function heard(from: string): Promise<Heard[]> {
  const { rows } = await database
    .app()
    .worker_pool.query<{ raw: Buffer; greeting: string; received_at: Date }>(
      `select raw, greeting, received_at from intake_items where envelope_from = $1 and duplicate_of is null order by id`,
      [from],
    )
  return rows.map((row) => readText(row, row.raw))
}
const textsFrom = async (from: string) =>
  (await heard(from)).map((one) => (one.kind === 'text' ? one.text : one.kind)).sort()
test('it binds as the standard says, asks whether the line lives, and says goodbye', async () => {
  const gateway = await bound()
  await expect.poll(() => count('enquire_link'), { timeout: 10_000 }).toBeGreaterThan(0)
  await gateway.stop()
  const { log, bound: still } = await smsc.tell()
  expect(log.find(({ what }) => what === 'bind_transceiver')).toMatchObject({ system_id: 'pandu', interface_version: 0x34 }) // prettier-ignore
  expect(log.map(({ what }) => what)).toContain('unbind')
  expect(still).toBe(0)
})

test('texts go out in parts with their letters, and each part has its id', async () => {
  const gateway = await bound()
  const long = 'Printer {baru} sudah kami pasang. '.repeat(8)
  expect(await gateway.send(due('Halo @ kantor'))).toMatchObject({ state: 'accepted', ids: [expect.any(String)] })
  const ids = idsOf(await gateway.send(due(long, '+62812')))
  expect(new Set(ids).size).toBe(2)
  expect(await gateway.send(due('ꦱꦸ 😀'))).toMatchObject({ state: 'accepted' })
  const [one, first, second, other] = await submitted()
  expect(one).toMatchObject({
    to: '6281234',
    ton: 1,
    from: '1500',
    text: 'Halo @ kantor',
    data_coding: 0,
    esm_class: 0,
    registered_delivery: 1,
    udh: null,
  })
  expect(String(first!['text']) + String(second!['text'])).toBe(long)
  expect([first!['esm_class'], second!['esm_class']]).toEqual([0x40, 0x40])
  expect(first!['udh']).toMatchObject([expect.stringMatching(/^(0804....|0003..)0201$/)])
  expect(other).toMatchObject({ text: 'ꦱꦸ 😀', data_coding: 8 })
})

test('no more wait for an answer than the window has, and all are answered', async () => {
  const gateway = await bound(lineOf('&window=3'))
  await smsc.rules({ answer_ms: 20 })
  const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => gateway.send(due(`nomor ${n}`))))
  expect(answers.every(({ state }) => state === 'accepted')).toBe(true)
  const log = await submitted()
  expect(log).toHaveLength(30)
  expect(Math.max(...log.map(({ under_way }) => Number(under_way)))).toBe(3)
})

test('too much at once is not sent again before the pause; half a text is completed', { timeout: 30_000 }, async () => {
  const gateway = await bound(lineOf('&pause=1'))
  await smsc.rules({ statuses: [0x58] })
  expect(await gateway.send(due('satu'))).toMatchObject({ state: 'later', away: true, error: 'ESME_RTHROTTLED' })
  const again = await gateway.send(due('dua'))
  expect(again).toMatchObject({ state: 'later', after_ms: expect.any(Number) })
  expect((again as { after_ms: number }).after_ms).toBeGreaterThan(100)
  expect(await submitted()).toHaveLength(1)
  await expect.poll(() => gateway.send(due('tiga')), { timeout: 15_000, interval: 200 }).toMatchObject({ state: 'accepted' }) // prettier-ignore
  await smsc.rules({ statuses: [0, 0x14] })
  const long = 'x'.repeat(300)
  expect(await gateway.send(due(long))).toMatchObject({ state: 'accepted' })
  const parts = (await submitted()).filter(({ text }) => String(text).startsWith('x'))
  expect(parts.map(({ status }) => status)).toEqual([0, 0x14, 0])
  expect(parts[1]!['text']).toBe(parts[2]!['text'])
})

test('a recipient that is refused is refused, and the line goes on', async () => {
  const gateway = await bound()
  await smsc.rules({ refused: { 6281: 0x0b } })
  expect(await gateway.send(due('x', '+6281'))).toEqual({ state: 'refused', error: 'ESME_RINVDSTADR' })
  expect(await gateway.send(due('x', '+6282'))).toMatchObject({ state: 'accepted' })
  await smsc.rules({ statuses: [0x08] })
  expect(await gateway.send(due('x'))).toEqual({ state: 'later', error: 'ESME_RSYSERR', away: true })
})

test(
  'a connection cut in the middle of a text: nobody knows, and the line comes back',
  { timeout: 60_000 },
  async () => {
    const gateway = await bound()
    await smsc.rules({ cut_after: 2 })
    expect(await gateway.send(due('y'.repeat(400)))).toMatchObject({ state: 'unknown' })
    expect(await gateway.send(due('z'))).toMatchObject({ state: 'later', away: true })
    await connected(gateway)
    expect(await gateway.send(due('z'))).toMatchObject({ state: 'accepted' })
  },
)

test('a line that is open and says nothing is cut and bound anew', { timeout: 60_000 }, async () => {
  const gateway = await bound()
  await smsc.freeze()
  const attempt = await gateway.send(due('x'))
  expect(attempt).toEqual({ state: 'unknown', error: 'silent' })
  await connected(gateway)
  expect(await count('bind_transceiver')).toBe(2)
})

test('an operator that is away, or says no, is tried again', { timeout: 60_000 }, async () => {
  await smsc.rules({ bind_status: 0x0d })
  const gateway = begin()
  await expect.poll(() => gateway.state().last_error, { timeout: 20_000 }).toBe('ESME_RBINDFAIL')
  await smsc.kill()
  await expect.poll(() => gateway.state().last_error, { timeout: 20_000 }).toBe('ECONNREFUSED')
  expect(await gateway.send(due('x'))).toMatchObject({ state: 'later', away: true, error: 'ECONNREFUSED' })
  await smsc.start()
  await connected(gateway)
  expect(gateway.state()).toMatchObject({ last_error: null, since: expect.any(Date) })
})

test('one process of two binds; the other takes over when it ends', { timeout: 60_000 }, async () => {
  const first = await bound()
  const second = begin()
  await expect.poll(() => second.state().last_error, { timeout: 10_000 }).toBe('bound_by_another_process')
  expect(second.state()).toMatchObject({ connected: false, elsewhere: true })
  await first.stop()
  await connected(second)
  expect((await smsc.tell()).bound).toBe(1)
})

test('a pair of connections: by one we send, by the other it comes', { timeout: 30_000 }, async () => {
  const gateway = await bound(lineOf('&bind=pair'))
  expect(await gateway.send(due('x'))).toMatchObject({ state: 'accepted' })
  await smsc.bring(1, { source_addr: '0811777', destination_addr: '1500', short_message: { hex: ascii('halo') } })
  await expect.poll(() => textsFrom('0811777'), { timeout: 10_000 }).toEqual(['halo'])
  const { log, bound: open } = await smsc.tell()
  expect(log.map(({ what }) => what)).toEqual(expect.arrayContaining(['bind_transmitter', 'bind_receiver']))
  expect(open).toBe(2)
})

test('what comes is taken in every form, answered, and kept as its bytes', { timeout: 30_000 }, async () => {
  await bound()
  const from = { source_addr: '628111', source_addr_ton: 1, destination_addr: '1500' }
  const long = 'Listrik padam di kantor kami. '.repeat(9)
  const halves = [long.slice(0, 150), long.slice(150)]
  await smsc.bring(1, { ...from, short_message: { hex: ascii('satu') } })
  await smsc.bring(2, { ...from, data_coding: 8, short_message: { hex: ucs2('dua ꦱ 😀') } })
  await smsc.bring(3, { ...from, data_coding: 3, short_message: { hex: ascii('tiga é') } })
  await smsc.bring(4, { ...from, short_message: { hex: '' }, message_payload: { hex: ascii('e'.repeat(500)) } })
  for (const [index, half] of [halves[1]!, halves[0]!].entries())
    await smsc.bring(5 + index, {
      ...from,
      esm_class: 0x40,
      short_message: { hex: `0500032a02${index === 0 ? '02' : '01'}${ascii(half)}` },
    })
  for (const [index, half] of halves.entries())
    await smsc.bring(7 + index, {
      ...from,
      short_message: { hex: ascii(half) },
      sar_msg_ref_num: 9,
      sar_total_segments: 2,
      sar_segment_seqnum: index + 1,
    })
  await expect.poll(async () => (await smsc.tell()).unanswered, { timeout: 20_000 }).toEqual([])
  const all = await heard('+628111')
  expect(all).toHaveLength(8)
  const whole = all.flatMap((one) => (one.kind === 'text' && !one.part ? [one.text] : []))
  expect(whole.sort()).toEqual(['dua ꦱ 😀', 'e'.repeat(500), 'satu', 'tiga é'])
  for (const reference of ['8:42', 'sar:9']) {
    const parts = all.flatMap((one) =>
      one.kind === 'text' && one.part?.reference === reference ? [{ ...one.part, text: one.text, at: new Date() }] : [],
    )
    expect(joinParts({ total: 2, parts })).toEqual({ text: long, missing: [] })
  }
})

test(
  'what somebody writes twice is two messages; what the operator brings twice is one',
  { timeout: 30_000 },
  async () => {
    await bound(lineOf().replace('enquire=1&answer=3', 'enquire=60&answer=60'))
    const saying = (words: string) => ({
      source_addr: '0812999',
      destination_addr: '1500',
      short_message: { hex: ascii(words) },
    })
    const rows = async () =>
      (
        await database.app().worker_pool.query<{ again: boolean; freed: boolean }>(
          `select i.duplicate_of is not null as again, not exists (select from intake_fingerprints f where f.fingerprint = i.fingerprint) as freed
         from intake_items i where i.envelope_from = '0812999' order by i.id`,
        )
      ).rows
    // It takes our answers, and shows no sign that it saw them.
    await smsc.rules({ silent: true })
    await smsc.bring(1, saying('ya'))
    await smsc.bring(1, saying('ya'))
    await expect.poll(rows, { timeout: 10_000 }).toMatchObject([{ again: false }, { again: true, freed: false }])
    await smsc.rules({ silent: false })
    await smsc.bring(2, saying('lain'))
    await expect
      .poll(async () => (await rows()).map(({ freed }) => freed), { timeout: 10_000 })
      .toEqual([true, true, true])
    await smsc.bring(3, saying('ya'))
    await expect.poll(() => textsFrom('0812999'), { timeout: 10_000 }).toEqual(['lain', 'ya', 'ya'])
  },
)

test(
  'receipts come before and after the answer, and name the text as its answer did',
  { timeout: 30_000 },
  async () => {
    const gateway = await bound()
    for (const receipts of ['before', 'after']) {
      await smsc.rules({ receipts })
      const ids = idsOf(await gateway.send(due('x', `+62813${receipts.length}`)))
      await expect
        .poll(() => heard(`+62813${receipts.length}`), { timeout: 10_000 })
        .toMatchObject([{ kind: 'receipt', gateway: 'satu', state: 'delivered', of: { remote_id: ids[0] } }])
    }
    await gateway.stop()
    open.splice(0)
    await smsc.rules({ ids: 'decimal' })
    const other = await bound(lineOf('&reports=decimal'))
    const ids = idsOf(await other.send(due('x', '+628140')))
    await expect.poll(() => heard('+628140'), { timeout: 10_000 }).toMatchObject([{ of: { remote_id: ids[0] } }])
  },
)

test('what cannot be kept is not answered as kept, and comes again', { timeout: 60_000 }, async () => {
  let away = false
  const gateway = await bound(lineOf(), { ...appOf(), available: () => !away })
  away = true
  await smsc.bring(1, { source_addr: '0812000', destination_addr: '1500', short_message: { hex: ascii('simpan') } })
  await expect
    .poll(
      async () =>
        (await smsc.tell()).log.filter(({ what, status }) => what === 'deliver_sm_resp' && status !== 0).length,
      { timeout: 10_000 },
    ) // prettier-ignore
    .toBeGreaterThan(0)
  expect(await textsFrom('0812000')).toEqual([])
  away = false
  await expect.poll(async () => (await smsc.tell()).unanswered, { timeout: 20_000 }).toEqual([])
  expect(await textsFrom('0812000')).toEqual(['simpan'])
  expect(gateway.state().connected).toBe(true)
})

test('killed between the commit and the answer: it comes again and is one message', { timeout: 90_000 }, async () => {
  const child = startChild('texts.smpp_after_commit:2')
  await expect.poll(async () => (await smsc.tell()).bound, { timeout: 30_000 }).toBe(1)
  const from = { source_addr: '0812555', destination_addr: '1500' }
  await smsc.bring(1, { ...from, short_message: { hex: ascii('satu') } })
  await expect.poll(async () => (await smsc.tell()).unanswered, { timeout: 10_000 }).toEqual([])
  await smsc.bring(2, { ...from, short_message: { hex: ascii('dua') } })
  expect(await child).toEqual([null, 'SIGKILL'])
  expect(await textsFrom('0812555')).toEqual(['dua', 'satu'])
  expect((await smsc.tell()).unanswered).toEqual([2])
  // What a minute does: the lease of a dead process ends.
  await database.app().worker_pool.query(`update leases set until = now() - interval '1 second'`)
  await bound()
  await expect.poll(async () => (await smsc.tell()).unanswered, { timeout: 20_000 }).toEqual([])
  expect(await textsFrom('0812555')).toEqual(['dua', 'satu'])
})

/** Resolves with how it ended. */
async function startChild(fault: string): Promise<unknown> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../src/server/channels/sms/smpp/smpp-child.ts', import.meta.url))],
    {
      stdio: 'inherit',
      env: {
        ...bareEnvironment(),
        PANDU_DATA: database.app().settings.PANDU_DATA,
        PANDU_LOG: 'error',
        PANDU_FAULT: fault,
        TEST_DATABASE: JSON.stringify({
          socket: inject('postgres_socket'),
          port: inject('postgres_port'),
          database: database.app().worker_pool.options.database,
          line: lineOf(),
        }),
      },
    },
  )
  const late = setTimeout(() => child.kill('SIGTERM'), 60_000)
  return once(child, 'exit').finally(() => clearTimeout(late))
}

test('by TLS: only to whom its certificate names, signed by whom the line trusts; else nothing is said, not even the password', async () => {
  const [secure_port, plain_port] = await freePorts()
  const centre = await startSmsc(secure_port, 'contoh-1')
  const plain = await startSmsc(plain_port)
  const ca = (name: string) => fileURLToPath(new URL(`../certificates/${name}.pem`, import.meta.url))
  const lineBy = (more: string, to = secure_port) =>
    `smpps://pandu:rahasia@127.0.0.1:${to}?answer=3${more}#name=aman&from=1500`
  const found = async (line: string) => {
    const gateway = begin(line)
    await expect.poll(() => gateway.state().last_error ?? gateway.state().connected, { timeout: 20_000 }).toBeTruthy()
    const { connected: is, last_error } = gateway.state()
    await gateway.stop()
    return is || last_error
  }
  try {
    const gateway = await bound(lineBy(`&ca=${ca('contoh-1')}`))
    expect(await gateway.send(due('Lewat TLS'))).toMatchObject({ state: 'accepted' })
    await centre.bring(1, { source_addr: '0812777', destination_addr: '1500', short_message: 'masuk lewat TLS' })
    await expect.poll(async () => (await centre.tell()).unanswered, { timeout: 20_000 }).toEqual([])
    expect(await textsFrom('0812777')).toEqual(['masuk lewat TLS'])
    await gateway.stop()
    const binds = async () => (await centre.tell()).log.filter(({ what }) => what === 'bind_transceiver').length
    const before = await binds()

    const wrong = {
      DEPTH_ZERO_SELF_SIGNED_CERT: lineBy(''),
      ERR_TLS_CERT_ALTNAME_INVALID: lineBy(`&ca=${ca('contoh-1')}&tls_name=smsc.lain.contoh`),
      no_tls: lineBy('', plain_port),
      ENOENT: lineBy('&ca=/tidak/ada.pem'),
    }
    for (const [code, line] of Object.entries(wrong)) expect(await found(line), line).toBe(code)
    expect(await found(lineBy(`&ca=${ca('contoh-2')}`))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(await binds()).toBe(before)
    expect((await plain.tell()).log.filter(({ what }) => what !== 'closed')).toEqual([])
  } finally {
    await centre.kill()
    await plain.kill()
  }
})

test('nothing of all this stands in the log: no words, no numbers, no password', () => {
  const all = lines.join('')
  expect(all).toContain('an SMPP line is bound')
  for (const word of ['rahasia', 'satu', 'simpan', 'Printer', '628123', '0812', '628111'])
    expect(all.replaceAll('"name":"satu"', '')).not.toContain(word)
})
