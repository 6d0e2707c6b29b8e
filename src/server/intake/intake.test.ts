import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  blockSender,
  intakeSummary,
  messageId,
  queueMessages,
  replyAddress,
  seeItem,
  takeMail,
  type Item,
} from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { listClocks, startClocks } from '../service_levels/index.ts'
import { addAddress, chooseAddress } from '../tickets/index.ts'
import { openByHand } from './open-by-hand.ts'
import { retryItem } from './retry-item.ts'
import { aMail, settleWaiting, takeIn, type TestMail } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await asSystem(async (ctx) => ({ ...(await aStaff(ctx)), sees_all: true }))
})

/** Takes one mail through and answers its row. */
async function become(mail: TestMail): Promise<Item> {
  const [id] = await takeIn(database.app(), mail)
  return asSystem((ctx) => seeItem(ctx, id!))
}
const ticketRow = (id: string) =>
  database.app().worker.selectFrom('tickets').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const messagesOf = (ticket_id: string) =>
  database.app().worker.selectFrom('messages').selectAll().where('ticket_id', '=', ticket_id).orderBy('id').execute()
const somebody = () => `Sari <sari-${newId()}@dinkes.contoh.go.id>`
const facts = async (ticket_id: string) =>
  (
    await database
      .app()
      .worker.selectFrom('facts')
      .select('kind')
      .where('ticket_id', '=', ticket_id)
      .orderBy('id')
      .execute()
  ).map((row) => row.kind)

test('a mail becomes a ticket of its sender at the secretariat, with text, subject and attachment', async () => {
  const raw = [
    'From: Sari <sari@dinkes.contoh.go.id>',
    'To: helpdesk@localhost',
    'Subject: =?utf-8?B?UGVuY2V0YWsgbWF0aQ==?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Pencetak kami mati, mohon bantuan.',
    '--b',
    'Content-Type: image/png; name=foto.png',
    'Content-Disposition: attachment; filename=foto.png',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--b--',
    '',
  ].join('\r\n')
  const item = await become({ raw: Buffer.from(raw) })
  expect(item).toMatchObject({
    outcome: 'ticket',
    reason: null,
    sender: { name: 'Sari', address: 'sari@dinkes.contoh.go.id' },
    subject: 'Pencetak mati',
  })
  expect(item.attachments).toMatchObject([{ name: 'foto.png', type: 'image/png', size: 8 }])
  const ticket = await ticketRow(item.ticket!.id)
  expect(ticket).toMatchObject({ subject: 'Pencetak mati', channel: 'email', language: 'id', state: 'new' })
  const desk = await database
    .app()
    .worker.selectFrom('desks')
    .select('kind')
    .where('id', '=', ticket.holder_desk_id)
    .executeTakeFirst()
  expect(desk?.kind).toBe('secretariat')
  expect((await messagesOf(ticket.id)).map((message) => message.text)).toEqual(['Pencetak kami mati, mohon bantuan.'])
  expect(await facts(ticket.id)).toContain('ticket.opened')
})

test('a mail to a desk’s own address is held by that desk', async () => {
  const desk = await asSystem((ctx) => aDesk(ctx, { mail_local_part: 'papua' }))
  const item = await become({ from: somebody(), to: 'papua@localhost' })
  expect((await ticketRow(item.ticket!.id)).holder_desk_id).toBe(desk.id)
})

test('a new ticket has its due time in its row, the one that its clock will say; where none can be reckoned it opens without', async () => {
  const desk = await asSystem((ctx) => aDesk(ctx, { mail_local_part: 'maluku' }))
  const opened = async () => {
    const { ticket } = await become({ from: somebody(), to: 'maluku@localhost' })
    return ticketRow(ticket!.id)
  }
  const ticket = await opened()
  expect(ticket.due_at).not.toBeNull()
  await startClocks(database.app(), [{ fact_id: newId(), kind: 'ticket.opened', ticket_id: ticket.id, about: {} }])
  const [clock] = await asSystem((ctx) => listClocks(ctx, ticket.id))
  expect(clock).toMatchObject({ due_at: ticket.due_at })
  expect((await ticketRow(ticket.id)).due_at).toEqual(ticket.due_at)
  // Open for a minute a week: two days of work would take eighteen years.
  await asSystem(async (ctx) => {
    await sql`delete from desk_hours where desk_id = ${desk.id}::uuid`.execute(ctx.tx)
    await sql`insert into desk_hours (desk_id, weekday, opens, closes) values (${desk.id}::uuid, 1, '08:00', '08:01')`.execute(
      ctx.tx,
    )
  })
  expect(await opened()).toMatchObject({ holder_desk_id: desk.id, due_at: null })
})

test('who answers their own first mail writes on the same ticket, also when both come at once or the wrong way round', async () => {
  const from = somebody()
  const [first, second, third] = [newId(), newId(), newId()].map((id) => `${id}@contoh.id`)
  const one = await become({ from, message_id: first!, text: 'Pertama.' })
  const two = await become({ from, message_id: second!, in_reply_to: first!, text: 'Saya lupa menyebut versinya.' })
  expect(two).toMatchObject({ outcome: 'message', ticket: one.ticket })
  expect((await messagesOf(one.ticket!.id)).map((message) => message.text)).toEqual([
    'Pertama.',
    'Saya lupa menyebut versinya.',
  ])

  const [a, b] = await takeIn(
    database.app(),
    { from, message_id: third!, text: 'Satu.' },
    { from, in_reply_to: third!, text: 'Dua.' },
  )
  const [itemA, itemB] = await asSystem(async (ctx) => [await seeItem(ctx, a!), await seeItem(ctx, b!)])
  expect([itemA!.outcome, itemB!.outcome, itemB!.ticket?.id]).toEqual(['ticket', 'message', itemA!.ticket?.id])

  const late = `${newId()}@contoh.id`
  const answer = await become({ from, in_reply_to: late, text: 'Jawaban yang tiba lebih dahulu.' })
  expect(await become({ from, message_id: late, text: 'Yang dijawab.' })).toMatchObject({
    outcome: 'message',
    ticket: answer.ticket,
  })
})

test('a stranger who knows an id or a signed address opens a ticket of their own that names the other one as possible', async () => {
  const { ticket, message_id } = await become({ from: somebody() })
  const { requester_id } = await ticketRow(ticket!.id)
  const app = database.app()
  const address = replyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, {
    ticket_number: ticket!.number,
    participant_id: requester_id,
  })
  for (const mail of [{ in_reply_to: message_id! }, { to: address }, { references: `<${message_id}>` }]) {
    const item = await become({ from: `Orang Lain <${newId()}@contoh.com>`, text: newId(), ...mail })
    expect(item).toMatchObject({ outcome: 'ticket', possible_ticket: ticket })
    expect(item.ticket!.id).not.toBe(ticket!.id)
    expect((await ticketRow(item.ticket!.id)).possible_ticket_id).toBe(ticket!.id)
  }
  expect(await messagesOf(ticket!.id)).toHaveLength(1)
})

test('an answer to our mail or to the signed address lands on the ticket and one wrong letter does not', async () => {
  const from = somebody()
  const { ticket } = await become({ from })
  const { requester_id } = await ticketRow(ticket!.id)
  const { secrets, settings } = database.app()
  const mail_id = messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: ticket!.number, id: newId() })
  await asSystem((ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'reply',
        recipient: 'x@contoh.id',
        subject: 'Jawaban',
        text: 'Coba ini.',
        language: 'id',
        automatic: false,
        about_id: ticket!.id,
        mail_id,
      },
    ]),
  )
  expect(await become({ from, in_reply_to: mail_id, text: newId() })).toMatchObject({ outcome: 'message', ticket })
  const address = replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, {
    ticket_number: ticket!.number,
    participant_id: requester_id,
  })
  expect(await become({ from, to: address, text: newId() })).toMatchObject({ outcome: 'message', ticket })
  const wrong = address.replace(/.@/, (end) => (end === 'a@' ? 'b@' : 'a@'))
  const elsewhere = await become({ from, to: wrong, text: newId() })
  expect(elsewhere.outcome).toBe('ticket')
  expect(elsewhere.ticket!.id).not.toBe(ticket!.id)
})

test('an answer to a ticket closed long ago opens a new one, held by the same desk and linked', async () => {
  const from = somebody()
  const first = await become({ from })
  const long_ago = new Date(Date.now() - 61 * 86_400_000)
  await database
    .app()
    .worker.updateTable('tickets')
    .set({ state: 'closed', waiting_since: null, state_since: long_ago })
    .where('id', '=', first.ticket!.id)
    .execute()
  // A program's mail opens one too, and is no more answered automatically than any other of a program.
  const colleague = { from: somebody() }
  const theirs = await become(colleague)
  await database
    .app()
    .worker.updateTable('tickets')
    .set({ state: 'closed', waiting_since: null, state_since: long_ago })
    .where('id', '=', theirs.ticket!.id)
    .execute()
  expect(
    await become({ ...colleague, in_reply_to: theirs.message_id!, headers: ['Precedence: bulk'], text: newId() }),
  ).toMatchObject({ outcome: 'ticket', reason: 'automatic' })

  const late = await become({ from, in_reply_to: first.message_id!, text: 'Rusak lagi.' })
  expect(late).toMatchObject({ outcome: 'ticket', reason: null, possible_ticket: null })
  expect(late.ticket!.id).not.toBe(first.ticket!.id)
  expect(await facts(late.ticket!.id)).toEqual(expect.arrayContaining(['ticket.opened', 'ticket.linked']))
  // From here on the conversation goes on there.
  for (const in_reply_to of [late.message_id!, first.message_id!])
    expect(await become({ from, in_reply_to, text: newId() })).toMatchObject({
      outcome: 'message',
      ticket: late.ticket,
    })
})

test('a mail from an address that staff wrote down later does not enter an older ticket; chosen for the ticket, it does', async () => {
  const app = database.app()
  const { ticket, message_id } = await become({ from: somebody() })
  const person_id = (await ticketRow(ticket!.id)).requester_id
  const later = `${newId()}@contoh.id`
  await asSystem((ctx) => addAddress(ctx, { person_id, channel: 'email', address: later }))
  const to = replyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, {
    ticket_number: ticket!.number,
    participant_id: person_id,
  })
  const mail = { from: `Sari <${later}>`, to, in_reply_to: message_id! }
  expect(await become({ ...mail, text: newId() })).toMatchObject({ outcome: 'ticket', possible_ticket: ticket })
  const { id: contact_point_id } = await app.worker
    .selectFrom('contact_points')
    .select('id')
    .where('normalised', '=', later)
    .executeTakeFirstOrThrow()
  await write(app, secretary, (ctx) => chooseAddress(ctx, { ticket_id: ticket!.id, person_id, contact_point_id }))
  expect(await become({ ...mail, text: newId() })).toMatchObject({ outcome: 'message', ticket })
})

test('another mail under a known Message-ID hides nothing and enters nothing', async () => {
  const from = somebody()
  const message_id = `${newId()}@contoh.id`
  const one = await become({ from, message_id, text: 'Satu.' })
  const two = await become({ from, message_id, text: 'Dua.' })
  expect([one.outcome, two.outcome]).toEqual(['ticket', 'ticket'])
  expect(two.ticket!.id).not.toBe(one.ticket!.id)
})

test('an out-of-office answer to our mail is a report, never a message; Auto-Submitted: no is a person', async () => {
  const from = somebody()
  const { ticket } = await become({ from })
  const mail_id = `${newId()}@localhost`
  await asSystem((ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'reply',
        recipient: 'x@contoh.id',
        subject: 'Jawaban',
        text: 'Coba ini.',
        language: 'id',
        automatic: false,
        about_id: ticket!.id,
        mail_id,
      },
    ]),
  )
  const away = await become({
    from,
    in_reply_to: mail_id,
    headers: ['Auto-Submitted: auto-replied'],
    text: 'Saya sedang cuti.',
  })
  expect(away).toMatchObject({ outcome: 'report', reason: 'automatic_reply', ticket })
  const nobody = await become({ from, in_reply_to: mail_id, envelope_from: null, text: 'Tanpa alamat balik.' })
  expect(nobody).toMatchObject({ outcome: 'report', reason: 'automatic_reply' })
  expect(await messagesOf(ticket!.id)).toHaveLength(1)
  expect(
    await become({ from, in_reply_to: mail_id, headers: ['Auto-Submitted: no'], text: 'Sudah saya coba.' }),
  ).toMatchObject({ outcome: 'message' })
  // A program that begins by itself still gets a ticket, which is never acknowledged.
  expect(await become({ from: somebody(), headers: ['Auto-Submitted: auto-generated'] })).toMatchObject({
    outcome: 'ticket',
    reason: 'automatic',
  })
})

test('a bounce marks the mail that bounced and opens nothing', async () => {
  const app = database.app()
  const [id] = await asSystem((ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'reply',
        recipient: 'mati@contoh.id',
        subject: 'Jawaban',
        text: 'Coba ini.',
        language: 'id',
        automatic: false,
      },
    ]),
  )
  await app.worker.updateTable('outbox').set({ state: 'sent' }).where('id', '=', id!).execute()
  const row = () => app.worker.selectFrom('outbox').selectAll().where('id', '=', id!).executeTakeFirstOrThrow()
  const raw = [
    'From: MAILER-DAEMON@mx.contoh.id',
    'To: helpdesk@localhost',
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'This is the mail system.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Final-Recipient: rfc822; mati@contoh.id',
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    `Message-ID: <${(await row()).mail_id}>`,
    'Subject: Jawaban',
    '',
    'Coba ini.',
    '--b--',
    '',
  ].join('\r\n')
  expect(await become({ raw: Buffer.from(raw), envelope_from: null })).toMatchObject({
    outcome: 'report',
    reason: 'delivery_report',
  })
  expect(await row()).toMatchObject({ state: 'failed', last_error: '5.1.1' })
})

test('our own mails that come back, and blocked senders, are kept and open nothing', async () => {
  expect(await become({ from: 'Pandu <helpdesk@localhost>' })).toMatchObject({ outcome: 'report', reason: 'own_mail' })
  expect(await become({ from: somebody(), headers: ['X-Loop: pandu@lain.contoh.id'] })).toMatchObject({
    outcome: 'report',
    reason: 'own_mail',
  })
  await write(database.app(), secretary, (ctx) =>
    blockSender(ctx, { channel: 'email', address: 'Jahat@contoh.com', reason: 'iklan' }),
  )
  expect(await become({ from: 'jahat@contoh.com' })).toMatchObject({
    outcome: 'refused',
    reason: 'blocked',
    ticket: null,
  })
})

test('a mail without any word says so', async () => {
  const item = await become({ from: somebody(), subject: '', text: '' })
  expect((await ticketRow(item.ticket!.id)).subject).toBe('(Surel tanpa perihal dan tanpa isi)')
})

test('a mail without a sender is quarantined, can be tried again, and can be made a ticket by hand', async () => {
  const item = await become({ raw: Buffer.from('Subject: tanpa pengirim\r\n\r\nTolong.\r\n'), envelope_from: null })
  expect(item).toMatchObject({ outcome: 'quarantined', reason: 'no_sender' })
  const app = database.app()
  await write(app, secretary, (ctx) => retryItem(ctx, { id: item.id }))
  await settleWaiting(app)
  expect(await asSystem((ctx) => seeItem(ctx, item.id))).toMatchObject({ outcome: 'quarantined' })
  const opened = await write(app, secretary, (ctx) =>
    openByHand(ctx, { id: item.id, name: 'Ibu Contoh', address: 'ibu@contoh.id' }),
  )
  expect(await asSystem((ctx) => seeItem(ctx, item.id))).toMatchObject({
    outcome: 'ticket',
    reason: 'by_hand',
    ticket: opened,
  })
  await expect(write(app, secretary, (ctx) => retryItem(ctx, { id: item.id }))).rejects.toMatchObject({
    kind: 'conflict',
  })
  const files = await app.worker
    .selectFrom('attachments')
    .select(['name', 'size'])
    .where('ticket_id', '=', opened.id)
    .execute()
  expect(files).toEqual([{ name: 'asli.eml', size: item.size }])
})

test('one poisonous mail among many stops none of them, whether reading or settling it fails', async () => {
  const app = database.app()
  const ids: string[] = []
  for (let number = 0; number < 12; number++)
    ids.push((await takeMail(app, aMail({ from: somebody(), text: `Nomor ${number}` }))).id)
  await app.worker.updateTable('intake_items').set({ raw: null, in_blob: true }).where('id', '=', ids[5]!).execute()
  const to = `100014-${'a'.repeat(52)}@${app.settings.PANDU_REPLY_DOMAIN}`
  const { id: poison } = await takeMail(app, aMail({ from: somebody(), to }))
  const sign = (purpose: string, ...parts: string[]) => {
    if (purpose === 'reply_address') throw new Error('poison')
    return app.secrets.sign('message_id', ...parts)
  }
  await settleWaiting({ ...app, secrets: { ...app.secrets, sign } })
  const outcomes = await app.worker
    .selectFrom('intake_items')
    .select(['id', 'outcome', 'reason'])
    .where('id', 'in', [...ids, poison])
    .execute()
  expect(outcomes.filter((row) => row.outcome === 'ticket')).toHaveLength(11)
  expect(outcomes.find((row) => row.id === ids[5])).toMatchObject({ outcome: 'quarantined', reason: 'bytes_missing' })
  expect(outcomes.find((row) => row.id === poison)).toMatchObject({ outcome: 'quarantined', reason: 'failed' })
  const quarantined = await app.worker
    .selectFrom('facts')
    .select('about')
    .where('kind', '=', 'intake.quarantined')
    .execute()
  expect(quarantined.map((fact) => (fact.about as { item_id: string }).item_id)).toEqual(
    expect.arrayContaining([ids[5], poison]),
  )
})

test('what killed its process five times is not read again', async () => {
  const app = database.app()
  const { id } = await takeMail(app, aMail({ from: somebody() }))
  await app.worker
    .updateTable('intake_items')
    .set({ attempts: 5, lease_until: new Date(0) })
    .where('id', '=', id)
    .execute()
  await settleWaiting(app)
  expect(await asSystem((ctx) => seeItem(ctx, id))).toMatchObject({ outcome: 'quarantined', reason: 'crashed' })
})

test('whatever came is accounted for', async () => {
  const { received, waiting, by_channel, ...others } = await asSystem(intakeSummary)
  expect(waiting).toBe(0)
  expect(received).toBe(Object.values(others).reduce((sum, count) => sum + count, 0))
  expect(by_channel.email?.received).toBe(received)
})

test('an agent of a province makes a ticket of a refused item at their own desk', async () => {
  const app = database.app()
  const desk = await asSystem((ctx) => aDesk(ctx, { mail_local_part: 'mejalain' }))
  const agent = await asSystem((ctx) => aStaff(ctx, { desk }))
  const raw = Buffer.from(`Subject: lain\r\n\r\n${newId()}\r\n`)
  const recipients = [`mejalain@${app.settings.PANDU_MAIL_DOMAIN}`]
  const item = await become({ raw, envelope_from: null, recipients })
  const opened = await write(app, agent, (ctx) => openByHand(ctx, { id: item.id, text: 'Dari surat tanpa pengirim.' }))
  expect((await ticketRow(opened.id)).holder_desk_id).toBe(desk.id)
  const requester = { kind: 'requester', person_id: newId(), ticket_id: opened.id } as const
  await expect(write(app, requester, (ctx) => openByHand(ctx, { id: item.id }))).rejects.toMatchObject({
    kind: 'forbidden',
  })
})
