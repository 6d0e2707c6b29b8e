/** A real Kannel between a network and us: what it brings is kept once and whole, what it takes goes out and is reported. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openChannelsEdge } from '../../src/edge/channels/index.ts'
import { readGatewayLines } from '../../src/gateway-lines.ts'
import type { DueText, Heard, TextAttempt } from '../../src/server/channels/texts/adapter.ts'
import { readText } from '../../src/server/channels/texts/read-text.ts'
import { openKannel } from '../../src/server/channels/sms/kannel/send.ts'
import { segment } from '../../src/server/channels/sms/segments.ts'
import type { App } from '../../src/server/platform/app.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { freePorts } from '../e2e/start-pandu.ts'
import { findPrograms } from './debian.ts'
import { KANNEL, startKannel, type Kannel, type Network, type Sms } from './kannel.ts'
import { startSmsc, type Smsc } from './smsc.ts'

const found = await findPrograms(KANNEL)
const reason = 'missing' in found ? found.missing : null

const database = useDatabase()
let app: App
let server: Server
let kannel: Kannel
let network: Network
let smsc: Smsc
/** How each request of Kannel's was answered. */
const answers: { id: string | null; status: number }[] = []
const closing: (() => unknown)[] = []

beforeAll(async () => {
  if (reason) return
  app = database.app()
  const edge = openChannelsEdge(new Proxy({} as App, { get: (_, name) => app[name as keyof App] }))
  server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url!, 'http://x')
    response.once('finish', () => answers.push({ id: searchParams.get('id'), status: response.statusCode }))
    edge.answer(path, request, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  app = { ...app, settings: { ...app.settings, PANDU_PORT: port } }
  const [smpp_port] = await freePorts()
  smsc = await startSmsc(smpp_port)
  closing.push(() => smsc.kill())
  await smsc.rules({ receipts: 'after' })
  const door = `http://127.0.0.1:${port}/channels/sms/kannel/satu`
  kannel = await startKannel(found as { root: string }, {
    // Whatever begins with "xml" comes by post-xml.
    service: `post-url = "${door}?from=%p&to=%P&id=%I&time=%T&coding=%c&charset=%C&udh=%u"

group = sms-service
keyword = xml
max-messages = 0
omit-empty = true
post-xml = "${door}?id=%I&from=%p"`,
    smpp_port,
    keeps_reports: true,
  })
  closing.push(() => kannel.stop())
  network = await kannel.openNetwork()
}, 150_000)
afterAll(async () => {
  for (const close of closing.reverse()) await close()
  server?.closeAllConnections()
  server?.close()
})

/** Invented, and not used by another test. */
const aNumber = () => `+62812${BigInt(`0x${newId().slice(-8)}`)}`
async function heard(from: string): Promise<Heard[]> {
  const { rows } = await app.worker_pool.query<{ raw: Buffer; greeting: string; received_at: Date }>(
    'select raw, greeting, received_at from intake_items where envelope_from = $1 and duplicate_of is null order by id',
    [from],
  )
  return rows.map((row) => readText(row, row.raw))
}
const wordsFrom = async (from: string) => (await heard(from)).map((one) => (one.kind === 'text' ? one.text : one.kind))
const within = { timeout: 60_000, interval: 100 }
const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16()

test(
  'what people write comes whole: blanks, letters of every script, long texts in any order',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const [plain, long, unicode] = [aNumber(), aNumber(), aNumber()]
    network.write(plain, '1500', 'Printer  kami mati & 50% "tinta" ')
    const part = (number: number) => Buffer.from([5, 0, 3, 42, 3, number])
    // Out of order, and one of them twice.
    network.write(long, '1500', 'tiga.', part(3))
    network.write(long, '1500', 'satu, ', part(1))
    network.write(long, '1500', 'satu, ', part(1))
    network.write(long, '1500', 'dua, ', part(2))
    const letters = 'ꦱꦸꦒꦼꦁ “enjing” 😀'
    await smsc.bring(1, { source_addr: unicode.slice(1), source_addr_ton: 1, destination_addr: '1500', data_coding: 8, short_message: { hex: ucs2(letters).toString('hex') } }) // prettier-ignore
    await expect.poll(() => wordsFrom(plain), within).toEqual(['Printer  kami mati & 50% "tinta" '])
    await expect.poll(() => wordsFrom(unicode), within).toEqual([letters])
    await expect.poll(() => wordsFrom(long), within).toContain('satu, dua, tiga.')
    expect(await heard(plain)).toMatchObject([{ from: plain, to: '1500', at: expect.any(Date), remote_id: expect.stringMatching(/^[\da-f-]{36}$/) }]) // prettier-ignore
  },
)

test('by post-xml it comes as whole', { timeout: 90_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  const [plain, unicode] = [aNumber(), aNumber()]
  network.write(plain, '1500', 'xml <b> & "satu" 100% é')
  await smsc.bring(2, { source_addr: unicode.slice(1), source_addr_ton: 1, destination_addr: '1500', data_coding: 8, short_message: { hex: ucs2('xml ꦱꦸ “😀”').toString('hex') } }) // prettier-ignore
  await expect.poll(() => wordsFrom(plain), within).toEqual(['xml <b> & "satu" 100% é'])
  await expect.poll(() => wordsFrom(unicode), within).toEqual(['xml ꦱꦸ “😀”'])
  expect(await heard(plain)).toMatchObject([{ from: plain, to: '1500', remote_id: expect.stringMatching(/^[\da-f-]{36}$/) }]) // prettier-ignore
})

test(
  'while we cannot keep it we say 503, and it comes again: each message one item',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const from = aNumber()
    const whole = app
    app = { ...whole, available: () => false }
    const before = answers.length
    for (let number = 0; number < 20; number++) network.write(from, '1500', `pesan ${number}`)
    await expect.poll(() => answers.slice(before).filter(({ status }) => status === 503).length, within).toBeGreaterThanOrEqual(20) // prettier-ignore
    expect(await wordsFrom(from)).toEqual([])
    app = whole
    const all = Array.from({ length: 20 }, (_, number) => `pesan ${number}`).sort()
    await expect.poll(async () => (await wordsFrom(from)).sort(), within).toEqual(all)
  },
)

test(
  'the smsbox is killed: what we acknowledged is there, and nothing twice',
  { timeout: 120_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const from = aNumber()
    const before = answers.length
    for (let number = 0; number < 200; number++) network.write(from, '1500', `pesan ${number}`)
    await expect.poll(() => answers.length - before, { timeout: 60_000, interval: 1 }).toBeGreaterThan(20)
    await kannel.killSmsbox()
    await kannel.startSmsbox()
    // What the bearerbox had not yet given away, or was not told about, comes now, and this behind it.
    const last = aNumber()
    network.write(last, '1500', 'terakhir')
    await expect.poll(() => wordsFrom(last), within).toEqual(['terakhir'])
    const kept = (await heard(from)).map((one) => (one.kind === 'text' ? one.remote_id : null))
    expect(new Set(kept).size).toBe(kept.length)
    const acknowledged = answers.slice(before).filter(({ status, id }) => status === 200 && id !== null)
    const others = new Set((await heard(last)).map((one) => (one.kind === 'text' ? one.remote_id : null)))
    expect(acknowledged.filter(({ id }) => !kept.includes(id) && !others.has(id))).toEqual([])
    expect(kept.length).toBeGreaterThan(20)
  },
)

const due = (text: string, to: string): DueText => {
  const { parts, coding } = segment(text)
  return { outbox_id: newId(), channel: 'sms', to, text, parts, coding, language: 'id', options: {}, attachments: [] }
}
async function send(text: DueText, smsc_id = 'PALSU'): Promise<TextAttempt> {
  const gateway = openKannel(
    app,
    readGatewayLines(`kannel:${kannel.sendsms_url}?smsc=${smsc_id}#name=satu&from=1500`)[0]!,
  )
  const attempt = await gateway.send(text)
  await gateway.stop()
  return attempt
}
const outTo = (number: string): Sms[] => network.out.filter(({ to }) => to === number)
/** What was reported about a text, in the order in which it came. */
async function reported(outbox_id: string) {
  const { rows } = await app.worker_pool.query<{ raw: Buffer; greeting: string; received_at: Date }>(
    `select raw, greeting, received_at from intake_items where envelope_from is null and duplicate_of is null
      and position(convert_to($1, 'UTF8') in raw) > 0 order by id`,
    [`pandu-of: ${outbox_id}`],
  )
  return rows.map((row) => readText(row, row.raw)).map((one) => (one.kind === 'receipt' ? one.state : one.kind))
}

test(
  'what we write goes out letter for letter, and is reported in whatever order',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const number = aNumber()
    const plain = due('Nomor 100057: {selesai?} 50% & é', number)
    expect(await send(plain)).toEqual({ state: 'accepted', ids: [null] })
    await expect.poll(() => outTo(number).map(({ bytes }) => bytes.toString()), within).toEqual([plain.text])
    await expect.poll(async () => (await reported(plain.outbox_id)).sort(), within).toEqual(['delivered', 'sent'])

    const other = aNumber()
    const unicode = due('ꦱꦸꦒꦼꦁ 😀', other)
    expect(await send(unicode)).toMatchObject({ state: 'accepted' })
    await expect.poll(() => outTo(other).map(({ bytes }) => bytes), within).toEqual([ucs2(unicode.text)])

    const third = aNumber()
    const long = due('Kami sudah meminta tim setempat datang besok pagi. '.repeat(7), third)
    await send(long)
    await expect
      .poll(
        () =>
          outTo(third)
            .map(({ bytes }) => bytes.toString())
            .join(''),
        within,
      )
      .toBe(long.text)
    const parts = outTo(third)
    expect(parts.length).toBe(long.parts.length)
    // Kannel cuts behind a word, as we do, and one report speaks for all.
    expect(
      parts.slice(0, -1).every(({ bytes, header }) => bytes.toString().endsWith(' ') && header?.length === 6),
    ).toBe(true)
    await expect.poll(async () => (await reported(long.outbox_id)).sort(), within).toEqual(['delivered', 'sent'])
  },
)

test(
  'an operator’s own words: a number that there is not, and a report by SMPP',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const [good, bad] = [aNumber(), aNumber()]
    await smsc.rules({ refused: { [bad]: 0x0b, [bad.slice(1)]: 0x0b } })
    const [arrives, fails] = [due('halo', good), due('halo', bad)]
    expect(await send(arrives, 'OPERATOR')).toMatchObject({ state: 'accepted' })
    expect(await send(fails, 'OPERATOR')).toMatchObject({ state: 'accepted' })
    await expect.poll(async () => (await reported(arrives.outbox_id)).sort(), within).toEqual(['delivered', 'sent'])
    await expect.poll(() => reported(fails.outbox_id), within).toEqual(['failed'])
  },
)

test(
  'what Kannel says of a wrong number, a wrong password, and when it is away',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    expect(await send(due('halo', 'abc'))).toMatchObject({ state: 'refused', error: expect.stringContaining('denied') })
    const wrong = readGatewayLines(`kannel:${kannel.sendsms_url.replace('rahasia', 'salah')}`)[0]!
    const gateway = openKannel(app, wrong)
    expect(await gateway.send(due('halo', aNumber()))).toEqual({ state: 'later', error: '403 Authorization failed for sendsms', away: true }) // prettier-ignore
    await gateway.stop()
    await kannel.killSmsbox()
    expect(await send(due('halo', aNumber()))).toEqual({ state: 'later', error: 'ECONNREFUSED', away: true })
    await kannel.startSmsbox()
  },
)

test(
  'Kannel keeps what it took: the network is away, and its bearerbox is killed',
  { timeout: 120_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    network.close()
    const numbers = Array.from({ length: 10 }, aNumber)
    // The link needs a moment to see that nobody is there.
    const texts = numbers.map((number) => due(`untuk ${number}`, number))
    for (const text of texts) expect(await send(text)).toEqual({ state: 'accepted', ids: [null] })
    await kannel.killBearerbox()
    await kannel.killSmsbox()
    await kannel.startBearerbox()
    await kannel.startSmsbox()
    network = await kannel.openNetwork()
    await expect.poll(() => numbers.filter((number) => outTo(number).length === 0), within).toEqual([])
    expect(numbers.map((number) => outTo(number).length)).toEqual(numbers.map(() => 1))
  },
)

test(
  'a report that comes when Kannel was killed meanwhile still finds its text',
  { timeout: 120_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    await smsc.rules({ receipts: null })
    const text = due('halo', aNumber())
    await send(text, 'OPERATOR')
    await expect.poll(() => reported(text.outbox_id), within).toEqual(['sent'])
    const ids = (await smsc.tell()).log.filter(({ what }) => what === 'submit_sm').length
    await kannel.killBearerbox()
    await kannel.killSmsbox()
    await kannel.startBearerbox()
    await kannel.startSmsbox()
    // The centre counts from 26.
    const id = (25 + ids).toString(16).toUpperCase().padStart(8, '0')
    const report = `id:${id} sub:001 dlvrd:001 submit date:2611220900 done date:2611220901 stat:DELIVRD err:000 text:`
    await smsc.bring(2, { source_addr: text.to.slice(1), source_addr_ton: 1, destination_addr: '1500', esm_class: 4, short_message: { hex: Buffer.from(report).toString('hex') } }) // prettier-ignore
    await expect.poll(() => reported(text.outbox_id), within).toEqual(['sent', 'delivered'])
  },
)
