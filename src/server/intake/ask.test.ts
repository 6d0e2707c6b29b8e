import { beforeAll, expect, test } from 'vitest'
import { read, system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { blockSender, intakeSummary, seeItem } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { openFollowLink } from '../tickets/index.ts'
import { answer } from './answer.ts'
import { ask, type Ask } from './ask.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))

const aForm = (given: Partial<Ask & { client: string }> = {}): Parameters<typeof ask>[1] => ({
  form_id: newId(),
  text: 'LibreOffice kami tidak dapat membuka berkas lama.',
  kind: 'not_known',
  region_code: null,
  organisation: null,
  name: 'Sari Contoh',
  email: `sari-${newId()}@dinkes.contoh.go.id`,
  phone: null,
  language: 'id',
  privacy_version: 1,
  attachments: [],
  client: '10.0.0.7',
  ...given,
})
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
const facts = async (ticket_id: string) =>
  await database
    .app()
    .worker.selectFrom('facts')
    .select(['kind', 'actor_kind'])
    .where('ticket_id', '=', ticket_id)
    .orderBy('id')
    .execute()

test('a form becomes a ticket with person, consent, link and a settled row of the ledger', async () => {
  const app = database.app()
  const phone = '0812 3456 7890'
  const form = aForm({ region_code: '63.07', organisation: 'Dinas Kesehatan Contoh', phone })
  const asked = await ask(app, form)
  const ticket = await app.worker
    .selectFrom('tickets')
    .selectAll()
    .where('id', '=', asked.ticket.id)
    .executeTakeFirstOrThrow()
  expect(ticket).toMatchObject({
    channel: 'web',
    region_code: '63.07',
    kind: 'not_known',
    language: 'id',
    state: 'new',
    // As it was typed; the directory does not know it.
    institution: 'Dinas Kesehatan Contoh',
    organisation_id: null,
  })
  expect(asked.expected_at.getTime()).toBeGreaterThan(Date.now())
  expect(asked.zone).toBe('Asia/Jakarta')
  const message = await app.worker
    .selectFrom('messages')
    .select('text')
    .where('ticket_id', '=', ticket.id)
    .executeTakeFirstOrThrow()
  expect(message.text).toBe(form.text)
  const points = await app.worker
    .selectFrom('contact_points')
    .select('channel')
    .where('person_id', '=', ticket.requester_id)
    .orderBy('channel')
    .execute()
  expect(points.map((point) => point.channel)).toEqual(['email', 'phone'])
  const consents = await app.worker
    .selectFrom('consents')
    .selectAll()
    .where('person_id', '=', ticket.requester_id)
    .execute()
  expect(consents).toMatchObject([{ purpose: 'request', text_version: 1, channel: 'web' }])
  expect(await read(app, system, (ctx) => openFollowLink(ctx, asked.follow_token))).toMatchObject({
    ticket_id: ticket.id,
    person_id: ticket.requester_id,
  })
  const item = await app.worker
    .selectFrom('intake_items')
    .select('id')
    .where('ticket_id', '=', ticket.id)
    .executeTakeFirstOrThrow()
  expect(await asSystem((ctx) => seeItem(ctx, item.id))).toMatchObject({
    channel: 'web',
    outcome: 'ticket',
    ticket: asked.ticket,
    text: form.text,
  })
  expect(await facts(ticket.id)).toContainEqual({ kind: 'ticket.opened', actor_kind: 'public' })
})

test('the same form posted ten times at once is one ticket, and all get the same number', async () => {
  const form = aForm()
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(database.app(), form)))
  expect(new Set(answers.map((one) => one.ticket.number)).size).toBe(1)
  expect(new Set(answers.map((one) => one.expected_at.getTime())).size).toBe(1)
  const link = await read(database.app(), system, (ctx) => openFollowLink(ctx, answers[9]!.follow_token))
  expect(link?.ticket_id).toBe(answers[0]!.ticket.id)
  const changed = await ask(database.app(), { ...form, text: 'Bukan itu, tetapi pencetaknya.' })
  expect(changed.ticket.id).not.toBe(answers[0]!.ticket.id)
})

test('two hundred people of one office ask within an hour', async () => {
  const before = await asSystem(intakeSummary)
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 10 }, () => ask(database.app(), aForm({ client: '10.9.9.9' }))))
  const after = await asSystem(intakeSummary)
  expect(after.ticket - before.ticket).toBe(200)
})

test('nobody can lock an address out by naming it again and again from elsewhere', async () => {
  const email = `dinas-${newId()}@contoh.go.id`
  for (let count = 0; count < 30; count++) await ask(database.app(), aForm({ email, client: '10.66.6.6' }))
  const asked = await ask(database.app(), aForm({ email, client: '10.1.1.1' }))
  expect(asked.ticket.number).toMatch(/^\d+$/)
})

test.each<[string, Partial<Ask>, string]>([
  ['no text', { text: '  ' }, 'text'],
  ['no contact', { email: null }, 'email'],
  ['no address', { email: 'bukan alamat' }, 'email'],
  ['no consent', { privacy_version: 0 }, 'privacy_version'],
  ['consent to a text that is not written yet', { privacy_version: 99 }, 'consent'],
  ['a region that is none', { region_code: '99.99' }, 'region_code'],
  ['too many files', { attachments: Array.from({ length: 11 }, () => aFile(1)) }, 'attachments'],
  ['too much', { attachments: [aFile(19 * 1024 * 1024)] }, 'attachments'],
])('%s is refused with its field, and nothing is kept', async (_, given, path) => {
  const before = await asSystem(intakeSummary)
  await expect(ask(database.app(), aForm(given))).rejects.toMatchObject({
    kind: 'invalid',
    faults: [expect.objectContaining({ path })],
  })
  expect((await asSystem(intakeSummary)).received).toBe(before.received)
})

function aFile(size: number) {
  return { name: 'foto.png', type: 'image/png', size, sha256: 'a'.repeat(64) }
}

test('a blocked address is refused, and the ledger keeps what came', async () => {
  const app = database.app()
  const staff = await asSystem((ctx) => aStaff(ctx, { sees_all: true }))
  const email = `iklan-${newId()}@contoh.com`
  await write(app, staff, (ctx) => blockSender(ctx, { channel: 'email', address: email, reason: '' }))
  const before = await asSystem(intakeSummary)
  await expect(ask(app, aForm({ email }))).rejects.toMatchObject({ kind: 'forbidden', key: 'intake.blocked' })
  expect((await asSystem(intakeSummary)).refused - before.refused).toBe(1)
})

test('an answer by the secret link is a message of the requester, once for each form', async () => {
  const app = database.app()
  const { ticket, follow_token } = await ask(app, aForm())
  const actor = (await read(app, system, (ctx) => openFollowLink(ctx, follow_token)))!
  const file = { name: 'layar.png', type: 'image/png', ...(await app.files.keep(Buffer.from('gambar'))) }
  const form = { form_id: newId(), text: 'Versinya 24.2.', attachments: [file] }
  const answers = await Promise.all([answer(app, actor, form), answer(app, actor, form)])
  expect(answers).toEqual([
    { ticket, opened: false },
    { ticket, opened: false },
  ])
  const messages = await app.worker
    .selectFrom('messages')
    .select('text')
    .where('ticket_id', '=', ticket.id)
    .orderBy('id')
    .execute()
  expect(messages.map((message) => message.text)).toEqual([expect.any(String), 'Versinya 24.2.'])
  const files = await app.worker
    .selectFrom('attachments')
    .select(['name', 'sha256'])
    .where('ticket_id', '=', ticket.id)
    .execute()
  expect(files).toEqual([{ name: 'layar.png', sha256: file.sha256 }])
  expect(await facts(ticket.id)).toContainEqual({ kind: 'message.received', actor_kind: 'requester' })
  await expect(answer(app, actor, { form_id: newId(), text: ' ' })).rejects.toMatchObject({ kind: 'invalid' })
})

test('an answer to a ticket closed long ago opens a linked one for the same person, who is told its number', async () => {
  const app = database.app()
  const email = `sari-${newId()}@contoh.go.id`
  const { ticket, follow_token } = await ask(app, aForm({ email }))
  const actor = (await read(app, system, (ctx) => openFollowLink(ctx, follow_token)))!
  const long_ago = new Date(Date.now() - 61 * 86_400_000)
  await app.worker
    .updateTable('tickets')
    .set({ state: 'closed', waiting_since: null, state_since: long_ago })
    .where('id', '=', ticket.id)
    .execute()
  const answered = await answer(app, actor, { form_id: newId(), text: 'Rusak lagi.' })
  expect(answered.ticket.id).not.toBe(ticket.id)
  const item = await app.worker
    .selectFrom('intake_items')
    .select(['outcome', 'sender_address'])
    .where('ticket_id', '=', answered.ticket.id)
    .executeTakeFirst()
  expect(item).toEqual({ outcome: 'ticket', sender_address: email })
  // Whoever answers there again goes on where the first went, and is not told of another request.
  expect(answered.opened).toBe(true)
  const again = await answer(app, actor, { form_id: newId(), text: 'Ada orang?' })
  expect(again).toEqual({ ticket: answered.ticket, opened: false })
})
