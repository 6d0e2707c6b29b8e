/**
 * WhatsApp from end to end: a server that speaks the Cloud API's documented protocol brings messages to Pandu's address, gets what Pandu
 * sends, and tells what became of it. Meta itself was never asked.
 */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { lookAtWhatsapp } from '../../src/cli/doctor/look-at-whatsapp.ts'
import type { Call } from '../../src/cli/verb.ts'
import { openChannelsEdge } from '../../src/edge/channels/index.ts'
import { markRead, seeWhatsapp, tryWhatsapp } from '../../src/server/channels/index.ts'
import { openGateways } from '../../src/server/channels/texts/gateways.ts'
import { openTextSender, type TextSender } from '../../src/server/channels/texts/send-texts.ts'
import { prepare } from '../../src/server/desks/index.ts'
import { aStaff } from '../../src/server/desks/testing.ts'
import { fetchFilesAgain } from '../../src/server/intake/index.ts'
import { textsOnce } from '../../src/server/intake/texts/start-texts.ts'
import type { App } from '../../src/server/platform/app.ts'
import { read, system, write, type StaffActor } from '../../src/server/platform/context.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { reply } from '../../src/server/tickets/index.ts'
import { aContact, aMessage, aStatus, startWhatsappServer, webhook, type SentMessage } from './whatsapp-server.ts'

const meta = await startWhatsappServer()
const database = useDatabase(meta.settings)
const printed: string[] = []
let app: App
let url: string
let sender: TextSender
let administrator: StaffActor
const server = createServer((request, response) => void edge.answer('/channels/whatsapp', request, response))
let edge: ReturnType<typeof openChannelsEdge>

beforeAll(async () => {
  app = {
    ...database.app(),
    log: openLog({ PANDU_LOG: 'debug' }, { write: (line: string) => void printed.push(line) }),
  }
  await prepare(app)
  administrator = await write(app, system, (ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
  edge = openChannelsEdge(app)
  sender = openTextSender(app, openGateways(app))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/channels/whatsapp`
})
afterAll(async () => {
  sender.stop()
  server.close()
  await meta.close()
})
beforeEach(() => void (meta.sent.length = 0))

/** Brings it, and lets Pandu do with it what it does. */
async function bring(request: unknown): Promise<void> {
  expect(await meta.bring(url, request)).toBe(200)
  while (await textsOnce(app, 'whatsapp'));
  await deliver()
}
/** Everything that is due goes out, also what could be taken back for a moment. */
async function deliver(): Promise<void> {
  await sql`update outbox set next_attempt_at = now(), not_before = now() where state = 'waiting'`.execute(app.worker)
  while (await sender.sendDue()) await sender.idle()
  await sender.idle()
}
let numbers = 0
/** A number that no other story has. */
const aNumber = () => `62812000${String((numbers += 1)).padStart(5, '0')}`

interface Story {
  ticket_id: string
  number: string
  subject: string
}
const ticketsOf = async (from: string) =>
  (
    await sql<Story>`select distinct t.id as ticket_id, t.number::text as number, t.subject from tickets t
      join participants p on p.ticket_id = t.id join contact_points c on c.id = p.contact_point_id
      where c.normalised = ${from} order by 1`.execute(app.worker)
  ).rows
const sentTo = async (from: string) =>
  (
    await sql<{ id: string; kind: string; state: string; read: boolean; last_error: string | null }>`
      select id, kind, state, read_at is not null as read, last_error from outbox
      where channel = 'whatsapp' and address = ${from} order by id`.execute(app.worker)
  ).rows
const textsOn = async (ticket_id: string) =>
  (
    await sql<{
      text: string
    }>`select text from messages where ticket_id = ${ticket_id}::uuid and direction = 'in' order by id`.execute(
      app.worker,
    )
  ).rows.map(({ text }) => text)
const answer = (ticket_id: string, text: string) =>
  write(app, administrator, (ctx) => reply(ctx, { ticket_id, text, at_once: true }))
const wordsOf = ({ body, type }: SentMessage) =>
  String(type === 'interactive' ? (body['body'] as { text: string }).text : body['body'])

test('asked with a photo, acknowledged, answered, delivered and read, though the states come in any order', async () => {
  const from = aNumber()
  const photo = meta.addMedia(Buffer.from('gambar layar'), 'image/jpeg')
  const message = aMessage({
    from,
    type: 'image',
    image: { id: photo, mime_type: 'image/jpeg', caption: 'Pencetak mati' },
  })
  await bring(webhook({ contacts: [aContact('Sari Contoh', from)], messages: [message] }))

  const [ticket] = await ticketsOf(`+${from}`)
  expect(ticket).toMatchObject({ subject: 'Pencetak mati' })
  const { rows: files } =
    await sql`select type, size from attachments where ticket_id = ${ticket!.ticket_id}::uuid`.execute(app.worker)
  expect(files).toEqual([{ type: 'image/jpeg', size: 12 }])
  expect(meta.sent.map(({ to }) => to)).toEqual([from])
  expect(wordsOf(meta.sent[0]!)).toContain(ticket!.number)

  await answer(ticket!.ticket_id, 'Coba matikan lalu hidupkan lagi.')
  await deliver()
  const sent = meta.sent.at(-1)!
  expect(wordsOf(sent)).toContain('Coba matikan lalu hidupkan lagi.')
  const states = ['read', 'sent', 'delivered', 'failed', 'read'].map((state) =>
    aStatus(sent.id, state, { biz_opaque_callback_data: sent.own }),
  )
  await bring(webhook({ statuses: states }))
  expect((await sentTo(`+${from}`)).at(-1)).toMatchObject({ state: 'delivered', read: true, last_error: null })

  // Somebody at the desk looks: they see that it was read.
  await markRead(app, [{ fact_id: '', kind: 'ticket.seen', ticket_id: ticket!.ticket_id, about: {} }])
  expect(meta.read).toEqual([message.id])
})

test('each of a batch becomes what it is beside one that is broken; what is brought again changes nothing', async () => {
  const [one, two] = [aNumber(), aNumber()]
  const request = webhook({
    contacts: [aContact('Ani', one), aContact('Budi', two)],
    messages: [
      aMessage({ from: one, text: { body: 'Wifi aula putus terus' } }),
      { from: 7, type: ['text'] },
      aMessage({ from: two, text: { body: 'Laptop tidak menyala' } }),
    ],
    statuses: [aStatus('wamid.TIDAK-DIKENAL', 'delivered')],
  })
  await bring(request)
  await bring(request)
  expect((await ticketsOf(`+${one}`)).map(({ subject }) => subject)).toEqual(['Wifi aula putus terus'])
  expect((await ticketsOf(`+${two}`)).map(({ subject }) => subject)).toEqual(['Laptop tidak menyala'])
  const { rows } = await sql<{ outcome: string; reason: string | null }>`select outcome, reason from intake_items
    where channel = 'whatsapp' order by id desc limit 8`.execute(app.worker)
  expect(rows.map(({ outcome }) => outcome).sort()).toEqual(
    ['ticket', 'ticket', 'quarantined', 'report', ...Array.from({ length: 4 }, () => 'duplicate')].sort(),
  )
})

test('what cannot be delivered is told on the ticket; a file that is not there is said to be missing, and fetched when somebody asks again', async () => {
  const from = aNumber()
  const document = { id: '424242', filename: 'surat.pdf', mime_type: 'application/pdf' }
  await bring(webhook({ messages: [aMessage({ from, type: 'document', document })] }))
  const [ticket] = await ticketsOf(`+${from}`)
  expect(ticket).toBeDefined()
  expect(await textsOn(ticket!.ticket_id)).toEqual(['(dokumen: surat.pdf)\n[lampiran surat.pdf tidak dapat diambil]'])

  // Later it is there after all: somebody presses the button, twice.
  const { rows: items } = await sql<{
    id: string
  }>`select id from intake_items where ticket_id = ${ticket!.ticket_id}::uuid`.execute(app.worker)
  const again = () => fetchFilesAgain(app, administrator, items[0]!)
  await expect(again()).rejects.toMatchObject({ kind: 'unavailable' })
  meta.addMedia(Buffer.from('%PDF'), 'application/pdf', { id: '424242' })
  await again()
  await expect(again()).rejects.toMatchObject({ kind: 'conflict' })
  expect(await textsOn(ticket!.ticket_id)).toEqual(['(dokumen: surat.pdf)'])
  const { rows: files } =
    await sql`select name, size from attachments where ticket_id = ${ticket!.ticket_id}::uuid`.execute(app.worker)
  expect(files).toEqual([{ name: 'surat.pdf', size: 4 }])

  await answer(ticket!.ticket_id, 'Sudah kami terima.')
  await deliver()
  const sent = meta.sent.at(-1)!
  const errors = [{ code: 131026, title: 'Message undeliverable' }]
  await bring(webhook({ statuses: [aStatus(sent.id, 'failed', { errors, biz_opaque_callback_data: sent.own })] }))
  expect((await sentTo(`+${from}`)).at(-1)).toMatchObject({
    state: 'failed',
    last_error: expect.stringContaining('131026'),
  })
  const { rows: facts } =
    await sql`select from facts where kind = 'outbox.failed' and ticket_id = ${ticket!.ticket_id}::uuid`.execute(
      app.worker,
    )
  expect(facts).toHaveLength(1)
})

test('the 24 hours begin with what they wrote, by its own clock; an answer after them does not go as free words', async () => {
  const from = aNumber()
  const yesterday = Math.floor(Date.now() / 1000) - 25 * 3600
  await bring(webhook({ messages: [aMessage({ from, timestamp: String(yesterday) })] }))
  const { rows } = await sql<{ last_in_at: Date }>`select last_in_at from conversations
    where channel = 'whatsapp' and address = ${`+${from}`}`.execute(app.worker)
  expect(rows[0]!.last_in_at).toEqual(new Date(yesterday * 1000))
  const [ticket] = await ticketsOf(`+${from}`)
  meta.sent.length = 0
  await answer(ticket!.ticket_id, 'Maaf terlambat.')
  await deliver()
  expect(meta.sent).toEqual([])
  expect((await sentTo(`+${from}`)).at(-1)).toMatchObject({ state: 'failed', last_error: 'window_closed' })
})

test('whoever goes by a username and shows no number asks and is answered', async () => {
  const user = 'ID.13491208655302741918'
  const contacts = [{ profile: { name: 'Rina Contoh', username: 'rina' }, user_id: user }]
  await bring(webhook({ contacts, messages: [aMessage({ from: undefined, from_user_id: user })] }))
  const [ticket] = await ticketsOf(user)
  expect(ticket).toMatchObject({ subject: 'Pencetak mati' })
  await answer(ticket!.ticket_id, 'Coba ini.')
  await deliver()
  expect(meta.sent.map(({ to }) => to)).toEqual([user, user])
})

test('an administrator sees how it goes; neither the access token nor the App secret stands in any line of the log', async () => {
  meta.next({ code: 190, status: 401 })
  expect(await tryWhatsapp(app, administrator)).toMatchObject({ fault: 'token' })
  expect(await tryWhatsapp(app, administrator)).toMatchObject({ fault: null, name: 'Meja Bantuan Contoh' })
  await meta.bring(url, webhook({ messages: [aMessage()] }), { secret: '0'.repeat(32) })
  const found = await lookAtWhatsapp({ settings: app.settings } as Call)
  expect(found.map(({ about, ok }) => [about, ok])).toEqual([
    ['whatsapp', true],
    ['whatsapp in', false],
  ])
  const seen = await read(app, administrator, seeWhatsapp)
  expect(seen).toMatchObject({ number: '+6281112345678', reachable: false, bad_signature_at: expect.any(Date) })
  expect(seen.last_in_at).toBeInstanceOf(Date)
  for (const answer of ['cut', { raw: 'x', status: 502 }, { code: 190, status: 401 }] as const) {
    meta.next(answer)
    await bring(webhook({ messages: [aMessage({ from: aNumber() })] }))
  }
  const { rows } = await sql<{
    said: string
  }>`select coalesce(string_agg(last_error, ' '), '') as said from outbox`.execute(app.worker)
  const text = printed.join('') + JSON.stringify(seen) + rows[0]!.said
  for (const secret of ['TOKEN', 'SECRET', 'VERIFY'] as const)
    expect(text).not.toContain(meta.settings[`PANDU_WHATSAPP_${secret}`])
})
