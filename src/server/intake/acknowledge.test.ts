import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import type { FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { readReplyAddress, seeItem } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { addAddress, openFollowLink } from '../tickets/index.ts'
import { acknowledge } from './acknowledge.ts'
import { ask } from './ask.ts'
import { gatherHeld } from './gather-held.ts'
import { aDesk } from '../desks/testing.ts'
import { aPerson } from '../people/testing.ts'
import { aTicket } from '../tickets/testing.ts'
import { sendLinkAgain } from './send-link-again.ts'
import { takeIn, type TestMail } from './testing.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)

const jobFor = (ticket_id: string): FactJob => ({ fact_id: newId(), kind: 'ticket.opened', ticket_id, about: {} })
async function ticketFor(mail: TestMail) {
  const [id] = await takeIn(database.app(), mail)
  return (await asSystem((ctx) => seeItem(ctx, id!))).ticket!
}
const mailsTo = (recipient: string) =>
  database.app().worker.selectFrom('outbox').selectAll().where('recipient', '=', recipient).orderBy('id').execute()
const aForm = (email: string) => ({
  form_id: newId(),
  text: 'Rahasia: kata sandi saya hilang.',
  name: 'Klik https://jahat.contoh.com',
  email,
  privacy_version: 1,
  client: '10.0.0.1',
})
const requesterOf = async (ticket_id: string) =>
  (
    await database
      .app()
      .worker.selectFrom('tickets')
      .select('requester_id')
      .where('id', '=', ticket_id)
      .executeTakeFirstOrThrow()
  ).requester_id
const somebody = () => `sari-${newId()}@contoh.go.id`
/** The clock cannot be set forward, so what happened is moved back. */
const letHoursPass = (address: string, hours: number) =>
  sql`update acknowledgements set at = at - make_interval(hours => ${hours}::int) where address = ${address}`.execute(
    database.app().worker,
  )

test('a mail is acknowledged once: number, link, by when, privacy, threaded, and not a word of the sender', async () => {
  const app = database.app()
  const address = somebody()
  const message_id = `${newId()}@contoh.go.id`
  const ticket = await ticketFor({
    from: `"Klik https://jahat.contoh.com" <${address}>`,
    message_id,
    subject: 'Menangkan hadiah',
    text: 'Tolong kami.',
  })
  await Promise.all([acknowledge(app, [jobFor(ticket.id)]), acknowledge(app, [jobFor(ticket.id)])])
  const mails = await mailsTo(address)
  expect(mails).toHaveLength(1)
  const [mail] = mails
  expect(mail).toMatchObject({
    kind: 'acknowledgement',
    automatic: true,
    recipient_name: '',
    in_reply_to: message_id,
    about_id: ticket.id,
    language: 'id',
  })
  expect(mail!.subject).toBe(`[#${ticket.number}] Permintaan Anda sudah kami terima`)
  expect(mail!.text).toMatch(/paling lambat \w{3} \d+ \w{3} \d{4} \d\d\.\d\d WIB/)
  expect(mail!.text).toContain('pemberitahuan privasi versi 1')
  for (const word of ['hadiah', 'jahat', 'Tolong']) expect(mail!.subject + mail!.text).not.toContain(word)
  const token = /follow\/([a-z2-7]+)/.exec(mail!.text)![1]!
  expect(await asSystem((ctx) => openFollowLink(ctx, token))).toMatchObject({ ticket_id: ticket.id })
  expect(readReplyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, mail!.reply_to!)?.ticket_number).toBe(
    ticket.number,
  )
})

test('an English mail is acknowledged in English', async () => {
  const address = somebody()
  const ticket = await ticketFor({
    from: address,
    text: 'Please help us, the printer is not working and we have to print.',
  })
  await acknowledge(database.app(), [jobFor(ticket.id)])
  expect((await mailsTo(address))[0]!.subject).toBe(`[#${ticket.number}] We have received your request`)
})

test('one address gets one mail an hour and three a day, from mail and form together; the rest comes gathered, with every number', async () => {
  const app = database.app()
  const address = somebody()
  const numbers: string[] = []
  for (let count = 0; count < 3; count++) {
    const { ticket } = await ask(app, aForm(address))
    const mailed = await ticketFor({ from: address, text: newId() })
    numbers.push(ticket.number, mailed.number)
    await acknowledge(app, [jobFor(ticket.id), jobFor(mailed.id)])
  }
  await sendLinkAgain(app, { address, client: '10.0.0.1' })
  await gatherHeld(app)
  expect(await mailsTo(address)).toHaveLength(1)
  await letHoursPass(address, 2)
  await gatherHeld(app)
  await gatherHeld(app)
  const [first, gathered, ...more] = await mailsTo(address)
  expect(more).toEqual([])
  for (const number of numbers) expect(first!.text + gathered!.text).toContain(`#${number}`)
  expect(gathered!.text).not.toContain('Rahasia')
  // The third is the last of this day.
  for (let count = 0; count < 4; count++) {
    await letHoursPass(address, 2)
    const { ticket } = await ask(app, aForm(address))
    await acknowledge(app, [jobFor(ticket.id)])
    await gatherHeld(app)
  }
  expect(await mailsTo(address)).toHaveLength(3)
  await letHoursPass(address, 24)
  await gatherHeld(app)
  expect(await mailsTo(address)).toHaveLength(4)
})

test('a name with something after a plus is the same mailbox: one mail an hour for all of them, each told at its own address in its turn', async () => {
  const app = database.app()
  const name = `sari-${newId()}`
  const addresses = ['', '+satu', '+dua'].map((more) => `${name}${more}@contoh.go.id`)
  const tickets = []
  for (const address of addresses) {
    const ticket = await ticketFor({ from: address })
    tickets.push(ticket)
    await acknowledge(app, [jobFor(ticket.id)])
  }
  const sent = async () => (await Promise.all(addresses.map(mailsTo))).map((mails) => mails.length)
  expect(await sent()).toEqual([1, 0, 0])
  await gatherHeld(app)
  expect(await sent()).toEqual([1, 0, 0])
  for (const address of addresses) await letHoursPass(address, 2)
  await gatherHeld(app)
  // Nobody knows that it is one mailbox: a link goes to the address that it belongs to, and to no other.
  expect(await sent()).toEqual([1, 1, 0])
  expect((await mailsTo(addresses[1]!))[0]!.text).not.toContain(tickets[2]!.number)
  for (const address of addresses) await letHoursPass(address, 2)
  await gatherHeld(app)
  expect(await sent()).toEqual([1, 1, 1])
})

test('a thousand forms that name one victim bother them once an hour', async () => {
  const app = database.app()
  const victim = somebody()
  const jobs: FactJob[] = []
  // As many as the limit for one address lets through.
  for (let count = 0; count < 20; count++) jobs.push(jobFor((await ask(app, aForm(victim))).ticket.id))
  await Promise.all(jobs.map((job) => acknowledge(app, [job])))
  expect(await mailsTo(victim)).toHaveLength(1)
})

test.each<[string, TestMail]>([
  ['a program', { headers: ['Auto-Submitted: auto-generated'] }],
  ['a list', { headers: ['List-Id: <warga.contoh.id>'] }],
  ['a null return path', { envelope_from: null }],
])('%s is not acknowledged', async (_, mail) => {
  const address = somebody()
  const ticket = await ticketFor({ from: address, ...mail })
  await acknowledge(database.app(), [jobFor(ticket.id)])
  expect(await mailsTo(address)).toEqual([])
})

test('a lost link is sent to the address on file, and whoever asks learns nothing', async () => {
  const app = database.app()
  const address = somebody()
  const ticket = await ticketFor({ from: address })
  const stranger = somebody()
  const times: number[] = []
  for (const question of [
    { address, number: ticket.number },
    { address: stranger, number: ticket.number },
    { address: stranger },
    { address: 'bukan alamat' },
  ]) {
    const start = performance.now()
    expect(await sendLinkAgain(app, { ...question, client: '10.0.0.2' })).toBeUndefined()
    times.push(performance.now() - start)
  }
  expect(Math.min(...times)).toBeGreaterThan(390)
  expect(await mailsTo(stranger)).toEqual([])
  const [mail] = await mailsTo(address)
  expect(mail).toMatchObject({ kind: 'link', about_id: ticket.id })
  expect(mail!.text).toContain(`#${ticket.number}`)
  const sent = await app.worker
    .selectFrom('facts')
    .select('kind')
    .where('ticket_id', '=', ticket.id)
    .where('kind', '=', 'link.sent')
    .execute()
  expect(sent).toHaveLength(1)
})

test('an address that staff wrote down later gets no link to a request from before, and its own requests are its own', async () => {
  const app = database.app()
  const [address, later] = [somebody(), somebody()]
  const { ticket } = await ask(app, aForm(address))
  const person_id = await requesterOf(ticket.id)
  await asSystem((ctx) => addAddress(ctx, { person_id, channel: 'email', address: later }))
  await sendLinkAgain(app, { address: later, client: '10.0.0.3' })
  await sendLinkAgain(app, { address: later, number: ticket.number, client: '10.0.0.3' })
  expect((await mailsTo(later)).map(({ kind }) => kind)).toEqual([])
  // The same person asks from there: that is another request, and its link goes there.
  const { ticket: mine } = await ask(app, aForm(later))
  expect(await requesterOf(mine.id)).toBe(person_id)
  await sendLinkAgain(app, { address: later, client: '10.0.0.3' })
  const links = (await mailsTo(later)).filter(({ kind }) => kind === 'link')
  expect(links.map(({ about_id }) => about_id)).toEqual([mine.id])
  await sendLinkAgain(app, { address, client: '10.0.0.3' })
  const old = (await mailsTo(address)).filter(({ kind }) => kind === 'link')
  expect(old.map(({ about_id }) => about_id)).toEqual([ticket.id])
})

test('a link is sent again to the number, too, from which somebody wrote: a short text, by the channel that they use, with the same limits', async () => {
  const app = database.app()
  const phone = `+62811${String(Date.now()).slice(-8)}`
  const { tickets } = await asSystem(async (ctx) => {
    const desk = await aDesk(ctx)
    const requester = await aPerson(ctx, { email: null, phone })
    const made = []
    for (const channel of ['sms', 'sms', 'sms', 'whatsapp'] as const)
      made.push(await aTicket(ctx, { desk, requester, channel }))
    return { tickets: made }
  })
  const again = (address: string) => sendLinkAgain(app, { address, client: newId() })
  await again(phone.replace('+62', '0'))
  const [text, ...more] = await mailsTo(phone)
  expect(more).toEqual([])
  expect(text).toMatchObject({ channel: 'whatsapp', kind: 'link', address: phone, mail_id: null, subject: '' })
  // The newest three: each link is half of an SMS.
  expect(text!.text.match(/#\d+ http\S+\/follow\/[a-z2-7]{32}/g)).toHaveLength(3)
  for (const ticket of tickets.slice(1)) expect(text!.text).toContain(`#${ticket.number} `)
  await again(phone)
  expect(await mailsTo(phone)).toHaveLength(1)

  // Typed into the web form it may be anybody's, and each text is paid.
  const typed = `+62812${String(Date.now()).slice(-8)}`
  await asSystem(async (ctx) => {
    const requester = await aPerson(ctx, { email: null, phone: typed })
    await aTicket(ctx, { desk: await aDesk(ctx), requester, channel: 'web' })
  })
  await again(typed)
  expect(await mailsTo(typed)).toEqual([])
})
