import { beforeAll, expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { bounceAddress, mutedAmong, queueMessages, seeItem, unmuteAddress, type Item } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { listTickets, markUndelivered } from '../tickets/index.ts'
import { acknowledge } from './acknowledge.ts'
import { takeIn, type TestMail } from './testing.ts'

const database = useDatabase()
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await asSystem(async (ctx) => ({ ...(await aStaff(ctx)), sees_all: true }))
})
/** As it stands in the lists of those who work it. */
const listed = async (number: string) =>
  (await write(database.app(), secretary, (ctx) => listTickets(ctx, { view: 'all' }))).items.find(
    (one) => one.number === number,
  )
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
const rowOf = (id: string) =>
  database.app().worker.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
async function become(mail: TestMail): Promise<Item> {
  const [id] = await takeIn(database.app(), mail)
  return asSystem((ctx) => seeItem(ctx, id!))
}
const jobFor = (ticket_id: string) => ({ fact_id: newId(), kind: 'outbox.failed' as const, ticket_id, about: {} })
const factsOf = async (ticket_id: string) =>
  (
    await database
      .app()
      .worker.selectFrom('facts')
      .select('kind')
      .where('ticket_id', '=', ticket_id)
      .orderBy('id')
      .execute()
  ).map(({ kind }) => kind)

/** Somebody asks by mail, and the acknowledgement has left. */
async function aSentMail() {
  const address = `sari-${newId()}@dinkes.contoh.go.id`
  const item = await become({ from: `Sari <${address}>`, text: newId() })
  await acknowledge(database.app(), [{ ...jobFor(item.ticket!.id), kind: 'ticket.opened' }])
  const row = await database
    .app()
    .worker.updateTable('outbox')
    .set({ state: 'sent', sent_at: new Date(), next_attempt_at: null, attempts: 1 })
    .where('recipient', '=', address)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { address, row, ticket: item.ticket! }
}
const bouncesTo = (outbox_id: string) =>
  bounceAddress(database.app().secrets, database.app().settings.PANDU_REPLY_DOMAIN, outbox_id)

/** As Postfix writes it. */
function aReport(given: {
  to: string
  address: string
  action?: string
  status?: string
  said?: string
  original?: string
}): TestMail {
  const lines = [
    'From: Mail Delivery System <MAILER-DAEMON@mx.contoh.id>',
    `To: ${given.to}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Message-ID: <${newId()}@mx.contoh.id>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'This is the mail system at host mx.contoh.id.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.contoh.id',
    '',
    `Final-Recipient: rfc822; ${given.address}`,
    `Action: ${given.action ?? 'failed'}`,
    `Status: ${given.status ?? '5.1.1'}`,
    `Diagnostic-Code: smtp; ${given.said ?? '550 5.1.1 no such user'}`,
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: <${given.original ?? 'lain@lain.example'}>`,
    '',
    '--b--',
    '',
  ]
  return { raw: Buffer.from(lines.join('\r\n')), envelope_from: null, recipients: [given.to] }
}

test('a bounce to the envelope sender finds its ticket and recipient, marks both and mutes the address, visibly', async () => {
  const { address, row, ticket } = await aSentMail()
  const item = await become(aReport({ to: bouncesTo(row.id), address }))
  expect(item).toMatchObject({
    outcome: 'report',
    reason: 'delivery_report',
    ticket: { id: ticket.id, number: ticket.number },
  })
  expect(await rowOf(row.id)).toMatchObject({ state: 'failed', last_error: expect.stringContaining('5.1.1') })
  expect(await factsOf(ticket.id)).toEqual(expect.arrayContaining(['outbox.failed', 'address.muted']))
  await markUndelivered(database.app(), [jobFor(ticket.id)])
  expect(await listed(ticket.number)).toMatchObject({ number: ticket.number, undelivered_at: row.created_at })
  const [muted] = await asSystem((ctx) => mutedAmong(ctx, [address.toUpperCase()]))
  expect(muted).toMatchObject({ address, status: '5.1.1' })
  expect(Math.round((muted!.until.getTime() - muted!.muted_at.getTime()) / 86_400_000)).toBe(60)
})

test('a report that only names our Message-ID is understood as well; one bit wrong, and it concerns nothing', async () => {
  const { address, row } = await aSentMail()
  const forged = row.mail_id!.replace(
    /^(\d+\.)(.)/,
    (_: string, number: string, first: string) => number + (first === 'a' ? 'b' : 'a'),
  )
  const wrong = bouncesTo(row.id).replace(/^b-(.)/, (_: string, first: string) => `b-${first === 'a' ? 'c' : 'a'}`)
  expect(await become(aReport({ to: wrong, address, original: forged }))).toMatchObject({
    outcome: 'report',
    ticket: null,
  })
  expect(await rowOf(row.id)).toMatchObject({ state: 'sent' })
  await become(aReport({ to: 'helpdesk@localhost', address, original: row.mail_id! }))
  expect(await rowOf(row.id)).toMatchObject({ state: 'failed' })
})

test.each([
  ['delayed', '4.4.1', 'Connection timed out', 'sent', false],
  ['failed', '4.4.1', 'Connection timed out', 'failed', false],
  ['failed', '5.2.2', 'mailbox full', 'failed', false],
  ['failed', '5.7.1', 'message rejected as spam', 'failed', false],
  ['failed', '5.1.10', 'recipient not found', 'failed', true],
  ['delivered', '2.0.0', '250 Ok', 'delivered', false],
  ['relayed', '2.0.0', '250 Ok', 'sent', false],
])('action %s with status %s (%s) is %s, muted: %s', async (action, status, said, state, muted) => {
  const { address, row, ticket } = await aSentMail()
  const item = await become(aReport({ to: bouncesTo(row.id), address, action, status, said }))
  expect(item).toMatchObject({ outcome: 'report', ticket })
  expect(await rowOf(row.id)).toMatchObject({ state })
  expect(await asSystem((ctx) => mutedAmong(ctx, [address]))).toHaveLength(muted ? 1 : 0)
})

test('when it was passed on and the other address died, ours is not muted', async () => {
  const { row, address } = await aSentMail()
  await become(aReport({ to: bouncesTo(row.id), address: 'lama@lain.example' }))
  expect(await rowOf(row.id)).toMatchObject({ state: 'failed' })
  expect(await asSystem((ctx) => mutedAmong(ctx, [address]))).toEqual([])
})

test('a report that comes before we wrote down that the mail had left counts; nothing comes back from a final state', async () => {
  const { row, address } = await aSentMail()
  await database.app().worker.updateTable('outbox').set({ state: 'sending' }).where('id', '=', row.id).execute()
  await become(aReport({ to: bouncesTo(row.id), address, status: '5.2.2', said: 'penuh' }))
  expect(await rowOf(row.id)).toMatchObject({ state: 'failed' })
  await become(aReport({ to: bouncesTo(row.id), address, action: 'delivered', status: '2.0.0', said: 'Ok' }))
  expect(await rowOf(row.id)).toMatchObject({ state: 'failed', last_error: expect.stringContaining('penuh') })
})

test('who is away answers the envelope sender, and opens nothing', async () => {
  const { row, address, ticket } = await aSentMail()
  const away = await become({
    from: `Sari <${address}>`,
    recipients: [bouncesTo(row.id)],
    subject: 'Sedang cuti',
    headers: ['Auto-Submitted: auto-replied (vacation)'],
    text: 'Saya cuti sampai tanggal 30.',
  })
  expect(away).toMatchObject({ outcome: 'report', reason: 'automatic_reply', ticket })
})

test('whoever writes from a muted address lives there', async () => {
  const { row, address } = await aSentMail()
  await become(aReport({ to: bouncesTo(row.id), address }))
  await become({ from: `Sari <${address}>`, headers: ['Auto-Submitted: auto-generated'] })
  expect(await asSystem((ctx) => mutedAmong(ctx, [address]))).toHaveLength(1)
  await become({ from: `Sari <${address}>`, text: 'Kotak surat saya sudah ada lagi.' })
  expect(await asSystem((ctx) => mutedAmong(ctx, [address]))).toEqual([])
})

test('whoever sees a person may lift the muting of their address, nobody else', async () => {
  const { row, address, ticket } = await aSentMail()
  await become(aReport({ to: bouncesTo(row.id), address }))
  const stranger = await asSystem((ctx) => aStaff(ctx))
  await expect(write(database.app(), stranger, (ctx) => unmuteAddress(ctx, { address }))).rejects.toMatchObject({
    kind: 'not_found',
  })
  expect(await write(database.app(), stranger, (ctx) => mutedAmong(ctx, [address]))).toEqual([])
  await write(database.app(), secretary, (ctx) => unmuteAddress(ctx, { address }))
  expect(await asSystem((ctx) => mutedAmong(ctx, [address]))).toEqual([])
  // A newer mail that is on its way takes the mark from the ticket.
  await asSystem((ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'reply',
        recipient: address,
        subject: 'Jawaban',
        text: 'Coba lagi.',
        language: 'id',
        automatic: false,
        about_id: ticket.id,
        about_number: ticket.number,
      },
    ]),
  )
  await markUndelivered(database.app(), [jobFor(ticket.id)])
  expect(await listed(ticket.number)).toMatchObject({ number: ticket.number, undelivered_at: null })
})
