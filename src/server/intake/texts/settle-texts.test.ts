import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { read, system, write } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { hits } from '../../platform/limits.ts'
import { setLimits } from '../../platform/set-limits.ts'
import { useDatabase } from '../../platform/testing.ts'
import { say } from '../../platform/words.ts'
import { blockSender, intakeSummary, takeItem, unblockSender } from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { aStaff } from '../../desks/testing.ts'
import { findOrMakePeople } from '../../people/index.ts'
import { ask } from '../ask.ts'
import { openByHand } from '../open-by-hand.ts'
import { retryItem } from '../retry-item.ts'
import { isOneSegment } from './say.ts'
import { textsOnce } from './start-texts.ts'
import { answersTo, aText, itemOf, partsOf, saidOn, settleWaitingTexts, takeInTexts } from './testing.ts'
import { wakeWaiting } from './wake-waiting.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))

let last = 0
/** A number that no other test has, as a telephone writes it. */
const aNumber = () => `0812${String(55_000_000 + ++last)}`
const normal = (number: string) => `+62${number.slice(1)}`

async function theTicket(id: string) {
  const item = await itemOf(database.app(), id)
  return database
    .app()
    .worker.selectFrom('tickets')
    .select(['id', 'number', 'state', 'subject', 'channel', 'possible_ticket_id', 'requester_id', 'due_at'])
    .where('id', '=', item.ticket_id!)
    .executeTakeFirstOrThrow()
}
async function factsOf(ticket_id: string): Promise<string[]> {
  const rows = await database
    .app()
    .worker.selectFrom('facts')
    .select('kind')
    .where('ticket_id', '=', ticket_id)
    .orderBy('id')
    .execute()
  return rows.map(({ kind }) => kind)
}

test('a text opens a ticket and is answered in one segment; what follows goes on there, however the number is written', async () => {
  const app = database.app()
  const from = aNumber()
  const [first] = await takeInTexts(app, { from, text: 'printer kantor camat ga mau nyetak min' })
  const ticket = await theTicket(first!)
  expect(ticket).toMatchObject({
    channel: 'sms',
    state: 'new',
    subject: 'printer kantor camat ga mau nyetak min',
    due_at: expect.any(Date),
  })
  const answers = await answersTo(app, normal(from))
  expect(answers).toHaveLength(1)
  expect(answers[0]).toContain(`#${ticket.number}`)
  expect(isOneSegment(answers[0]!)).toBe(true)

  const more = await takeInTexts(
    app,
    { from: normal(from), text: 'merknya epson' },
    { from: `62${from.slice(1)}`, text: 'sudah dicoba restart' },
    { from: `${from.slice(0, 4)} ${from.slice(4, 8)}-${from.slice(8)}`, text: 'terima kasih' },
  )
  for (const id of more) expect(await itemOf(app, id)).toMatchObject({ outcome: 'message', ticket_id: ticket.id })
  expect(await saidOn(app, ticket.id)).toEqual([
    'printer kantor camat ga mau nyetak min',
    'merknya epson',
    'sudah dicoba restart',
    'terima kasih',
  ])
  expect(await answersTo(app, normal(from))).toHaveLength(1)
  expect((await factsOf(ticket.id)).filter((kind) => kind === 'message.received')).toHaveLength(3)
})

test('with several tickets it is asked which; texts wait for the answer and go where it says', async () => {
  const app = database.app()
  const from = aNumber()
  const [first] = await takeInTexts(app, { from, text: 'printer mati' })
  const [second] = await takeInTexts(app, { from, text: 'Ini soal lain: wifi di aula putus terus' })
  const [one, two] = [await theTicket(first!), await theTicket(second!)]
  expect(two.id).not.toBe(one.id)
  // They spoke of the wifi last, and nobody said anything since: it goes on there.
  const [third] = await takeInTexts(app, { from, text: 'lampunya merah' })
  expect(await itemOf(app, third!)).toMatchObject({ outcome: 'message', ticket_id: two.id })
  // The desk answers about the printer: now nobody can know.
  await sql`insert into messages (ticket_id, id, direction, channel, text, at, leaves_at)
    values (${one.id}::uuid, gen_random_uuid(), 'out', 'sms', 'Sudah dicoba?', now(), now())`.execute(app.worker)
  const held = await takeInTexts(app, { from, text: 'masih sama' }, { from, text: 'tetap merah' })
  for (const id of held) expect(await itemOf(app, id)).toMatchObject({ outcome: 'quarantined', reason: 'which_ticket' })
  const asked = (await answersTo(app, normal(from))).at(-1)!
  expect(asked).toMatch(/Balas 1 untuk #\d+ \(.+\), 2 untuk #\d+/)
  expect(asked).not.toMatch(/printer|wifi/)
  const place = asked.indexOf(`2 untuk #${two.number}`) > 0 ? '2' : '1'
  const [choice] = await takeInTexts(app, { from, text: place })
  await settleWaitingTexts(app)
  expect(await itemOf(app, choice!)).toMatchObject({ outcome: 'command', ticket_id: two.id })
  for (const id of held) expect(await itemOf(app, id)).toMatchObject({ outcome: 'message', ticket_id: two.id })
  expect((await saidOn(app, two.id)).slice(-2)).toEqual(['masih sama', 'tetap merah'])
})

test('somebody else’s number in the web form takes none of its texts, until we have written there about it', async () => {
  const app = database.app()
  const phone = aNumber()
  const asked = await ask(app, {
    form_id: newId(),
    text: 'Printer kami mati.',
    name: 'Orang Lain Contoh',
    phone,
    privacy_version: 1,
    attachments: [],
    client: '10.0.0.9',
  })
  // Whoever typed it reads that request's page.
  const [theirs] = await takeInTexts(app, { from: phone, text: 'kata sandi surel saya hilang' })
  const own = await itemOf(app, theirs!)
  expect(own).toMatchObject({ outcome: 'ticket' })
  expect(own.ticket_id).not.toBe(asked.ticket.id)
  await takeInTexts(app, { from: phone, text: 'STATUS' }, { from: phone, text: `SELESAI ${asked.ticket.number}` })
  expect((await answersTo(app, normal(phone))).join()).not.toMatch(`${asked.ticket.number}: `)
  expect(await saidOn(app, asked.ticket.id)).toHaveLength(1)

  await sql`insert into outbox (id, channel, kind, recipient, address, text, about_id, about_number, state, sent_at, automatic,
      created_at, not_before)
    values (gen_random_uuid(), 'sms', 'reply', ${normal(phone)}, ${normal(phone)}, 'Sudah dicoba?', ${asked.ticket.id}::uuid,
      ${asked.ticket.number}::bigint, 'sent', now(), false, now(), now())`.execute(app.worker)
  const [named] = await takeInTexts(app, { from: phone, text: `untuk #${asked.ticket.number}: sudah, masih mati` })
  expect(await itemOf(app, named!)).toMatchObject({ outcome: 'message', ticket_id: asked.ticket.id })
})

test('BARU answers the question too; who answers nothing is understood after a while', async () => {
  const app = database.app()
  const from = aNumber()
  const opened = await takeInTexts(app, { from, text: 'printer mati' }, { from, text: 'BARU: pemindai rusak total' })
  const tickets = await Promise.all(opened.map(theTicket))
  for (const { id } of tickets)
    await sql`insert into messages (ticket_id, id, direction, channel, text, at, leaves_at)
      values (${id}::uuid, gen_random_uuid(), 'out', 'sms', 'Baik.', clock_timestamp(), now())`.execute(app.worker)
  const [held] = await takeInTexts(app, { from, text: 'laptop saya tidak menyala' })
  expect(await itemOf(app, held!)).toMatchObject({ reason: 'which_ticket' })
  await takeInTexts(app, { from, text: 'baru' })
  await settleWaitingTexts(app)
  const fresh = await theTicket(held!)
  expect(tickets.map(({ id }) => id)).not.toContain(fresh.id)
  expect(await itemOf(app, held!)).toMatchObject({ outcome: 'ticket' })

  await sql`insert into messages (ticket_id, id, direction, channel, text, at, leaves_at)
    values (${tickets[0]!.id}::uuid, gen_random_uuid(), 'out', 'sms', 'Bagaimana?', clock_timestamp(), now())`.execute(
    app.worker,
  )
  const [later] = await takeInTexts(app, { from, text: 'sama saja pak' })
  expect(await itemOf(app, later!)).toMatchObject({ reason: 'which_ticket' })
  await sql`update conversations set asked_at = now() - interval '31 minutes' where address = ${normal(from)}`.execute(
    app.worker,
  )
  expect(await wakeWaiting(app)).toBe(true)
  await settleWaitingTexts(app)
  expect(await itemOf(app, later!)).toMatchObject({ outcome: 'message', ticket_id: tickets[0]!.id })
})

test('STATUS tells number, state and holder, never content; SELESAI closes, BATAL takes it back, NILAI judges', async () => {
  const app = database.app()
  const from = aNumber()
  const last = async () => (await answersTo(app, normal(from))).at(-1)!
  const [first] = await takeInTexts(app, { from, text: 'rahasia: printer bupati mati' })
  const ticket = await theTicket(first!)
  await takeInTexts(app, { from, text: 'status' })
  expect(await last()).toMatch(new RegExp(`#${ticket.number}: diterima\\. Dipegang `))
  expect(await last()).not.toMatch(/printer|rahasia/)
  await takeInTexts(app, { from: aNumber(), text: `STATUS ${ticket.number}` })
  expect((await answersTo(app, `+62812${55_000_000 + last_number()}`)).at(-1)).toMatch(/tidak terdaftar/)

  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, at, leaves_at)
    values (${ticket.id}::uuid, gen_random_uuid(), 'out', 'sms', ${ticket.requester_id}::uuid, 'Coba lagi.', now(), now())`.execute(
    app.worker,
  )
  // Not asked whether it is solved: "sudah" answers the desk.
  const [answer] = await takeInTexts(app, { from, text: 'sudah' })
  expect(await itemOf(app, answer!)).toMatchObject({ outcome: 'message' })
  const [solved] = await takeInTexts(app, { from, text: 'Selesai.' })
  expect(await itemOf(app, solved!)).toMatchObject({ outcome: 'command', ticket_id: ticket.id })
  expect((await theTicket(first!)).state).toBe('closed')
  expect(await last()).toMatch(/BATAL dalam 5 menit/)
  await takeInTexts(app, { from, text: 'batal' })
  expect((await theTicket(first!)).state).toBe('new')
  expect(await last()).toMatch(/Dibatalkan/)
  await takeInTexts(app, { from, text: 'BATAL' })
  expect(await last()).toMatch(/Tidak ada yang dapat dibatalkan/)

  await takeInTexts(app, { from, text: 'BERES' }, { from, text: 'NILAI 4' })
  const ratings = () => app.worker.selectFrom('ratings').select('score').where('ticket_id', '=', ticket.id).execute()
  expect(await ratings()).toEqual([{ score: 4 }])
  await takeInTexts(app, { from, text: 'terima kasih banyak pak' })
  expect((await theTicket(first!)).state).toBe('closed')
  await takeInTexts(app, { from, text: 'BATAL' })
  expect(await ratings()).toEqual([])
  const [again] = await takeInTexts(app, { from, text: 'belum' })
  expect(await itemOf(app, again!)).toMatchObject({ outcome: 'command', ticket_id: ticket.id })
  expect((await theTicket(first!)).state).toBe('open')
  await takeInTexts(app, { from, text: 'BATAL' })
  expect((await theTicket(first!)).state).toBe('closed')
  expect(await factsOf(ticket.id)).toEqual(
    expect.arrayContaining(['ticket.confirmed', 'ticket.rated', 'ticket.rating_undone', 'ticket.reopening_undone']),
  )
  for (const text of await answersTo(app, normal(from))) expect(isOneSegment(text)).toBe(true)
})
const last_number = () => last

test('STOP silences, what is written still enters, MULAI and BATAL end it', async () => {
  const app = database.app()
  const from = aNumber()
  const [first] = await takeInTexts(app, { from, text: 'STOP' })
  expect(await itemOf(app, first!)).toMatchObject({ outcome: 'command' })
  expect(await answersTo(app, normal(from))).toHaveLength(1)
  const [text] = await takeInTexts(app, { from, text: 'printer saya mati' }, { from, text: 'status' })
  expect(await itemOf(app, text!)).toMatchObject({ outcome: 'ticket' })
  expect(await answersTo(app, normal(from))).toHaveLength(1)
  await takeInTexts(app, { from, text: 'mulai' })
  expect((await answersTo(app, normal(from))).at(-1)).toMatch(/kirimi pesan lagi/)
  await takeInTexts(app, { from, text: 'berhenti' }, { from, text: 'batal' })
  const { rows } = await sql<{ stopped_at: Date | null }>`select stopped_at from conversations
    where address = ${normal(from)}`.execute(app.worker)
  expect(rows).toEqual([{ stopped_at: null }])
})

test('parts in any order, doubled: one text; settled as one item', async () => {
  const app = database.app()
  const from = aNumber()
  const text = 'Selamat pagi, printer di ruang tata usaha tidak mau mencetak sejak pindah ke Linux. '.repeat(5).trim()
  const [one, two, three] = partsOf({ from, text }, 7)
  const ids = await takeInTexts(app, three!, one!)
  expect(await itemOf(app, ids[0]!)).toMatchObject({ outcome: 'quarantined', reason: 'partial' })
  const more = await takeInTexts(app, { ...one!, id: 'again' }, two!)
  const ticket = await theTicket(more[1]!)
  expect(await saidOn(app, ticket.id)).toEqual([text])
  expect(await itemOf(app, more[0]!)).toMatchObject({ outcome: 'duplicate', duplicate_of: ids[1] })
  for (const id of ids) expect(await itemOf(app, id)).toMatchObject({ outcome: 'duplicate', duplicate_of: more[1] })
})

test('a missing part is told after a minute, and completed where it stands when it comes', async () => {
  const app = database.app()
  const from = aNumber()
  const text = 'Jaringan di kantor desa putus setiap siang hari, lampu modem merah, sudah tiga hari begini terus. '
    .repeat(4)
    .trim()
  const [one, two, three] = partsOf({ from, text }, 9)
  const [first] = await takeInTexts(app, one!, three!)
  await sql`update received_texts set last_at = now() - interval '61 seconds' where address = ${normal(from)}`.execute(
    app.worker,
  )
  expect(await wakeWaiting(app)).toBe(true)
  await settleWaitingTexts(app)
  const ticket = await theTicket(first!)
  expect((await saidOn(app, ticket.id))[0]).toMatch(/\n\[bagian 2 dari 3 belum diterima\]\n/)
  expect(await answersTo(app, normal(from))).toHaveLength(1)
  const [late] = await takeInTexts(app, two!)
  expect(await itemOf(app, late!)).toMatchObject({ outcome: 'duplicate', duplicate_of: first })
  expect(await saidOn(app, ticket.id)).toEqual([text])
  expect(await factsOf(ticket.id)).toContain('message.completed')
})

test('a part that comes while its text is read again with the gap completes it, and the sums count it once', async () => {
  const app = database.app()
  const from = aNumber()
  const text = 'Pencetak di loket tidak mengenali kertas sejak diganti sistemnya, sudah dinyalakan ulang. '
    .repeat(2)
    .trim()
  const [one, two] = partsOf({ from, text }, 10)
  const [first] = await takeInTexts(app, one!)
  await sql`update received_texts set last_at = now() - interval '61 seconds' where address = ${normal(from)}`.execute(
    app.worker,
  )
  expect(await wakeWaiting(app)).toBe(true)
  const [late] = await takeInTexts(app, two!)
  expect(await itemOf(app, late!)).toMatchObject({ outcome: 'duplicate', duplicate_of: first })
  expect(await saidOn(app, (await theTicket(first!)).id)).toEqual([text])
  const { received, waiting, ...outcomes } = (await read(app, system, intakeSummary)).by_channel.sms!
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, waiting)).toBe(received)
})

test('neighbouring gaps are one line, however long a stranger says that their text is', async () => {
  const app = database.app()
  const from = aNumber()
  const [one, , three] = partsOf({ from, text: 'printer di ruang guru tidak menyala. '.repeat(12).trim() }, 11)
  const forged = [one!, three!].map((part) => ({ ...part, udh: part.udh!.replace(/^(.{8})../, '$1ff') }))
  const [first] = await takeInTexts(app, ...forged)
  await sql`update received_texts set last_at = now() - interval '61 seconds' where address = ${normal(from)}`.execute(
    app.worker,
  )
  await wakeWaiting(app)
  await settleWaitingTexts(app)
  const [said] = await saidOn(app, (await theTicket(first!)).id)
  expect(said!.match(/\[.*\]/g)).toEqual([
    '[bagian 2 dari 255 belum diterima]',
    '[bagian 4 sampai 255 dari 255 belum diterima]',
  ])
})

test('a text waits for an older one of its number that is in other hands, not for one that hangs', async () => {
  const app = database.app()
  const from = aNumber()
  const [older, younger] = [
    (await takeItem(app, aText({ from, text: 'printer mati' }))).id,
    (await takeItem(app, aText({ from, text: 'merknya epson' }))).id,
  ]
  const hold = (id: string) =>
    sql`update intake_items set attempts = 1, lease_until = now() + interval '20 seconds' where id = ${id}::uuid`.execute(
      app.worker,
    )
  await hold(older)
  await textsOnce(app, 'sms')
  expect(await itemOf(app, younger)).toMatchObject({ outcome: null })
  await sql`update intake_items set lease_until = null where id in (${older}::uuid, ${younger}::uuid)`.execute(
    app.worker,
  )
  await settleWaitingTexts(app)
  expect(await saidOn(app, (await theTicket(older)).id)).toEqual(['printer mati', 'merknya epson'])

  const [hanging, next] = [
    (await takeItem(app, aText({ from, text: 'BARU: monitor bergaris' }))).id,
    (await takeItem(app, aText({ from, text: 'STATUS' }))).id,
  ]
  await hold(hanging)
  await sql`update intake_items set received_at = now() - interval '2 minutes' where id = ${hanging}::uuid`.execute(
    app.worker,
  )
  await textsOnce(app, 'sms')
  expect(await itemOf(app, next)).toMatchObject({ outcome: 'command' })
})

test('several at work while texts come: each number keeps its order, nothing is lost or doubled', async () => {
  const app = database.app()
  const numbers = [aNumber(), aNumber(), aNumber()]
  let done = false
  const worker = async () => {
    while (!done) await textsOnce(app, 'sms')
  }
  const workers = [worker(), worker(), worker()]
  for (let i = 0; i < 20; i++)
    await Promise.all(numbers.map((from) => takeItem(app, aText({ from, text: `kalimat ke-${i} dari saya` }))))
  done = true
  await Promise.all(workers)
  await sql`update intake_items set lease_until = null where outcome is null`.execute(app.worker)
  await settleWaitingTexts(app)
  for (const from of numbers) {
    const { rows } = await sql<{
      text: string
    }>`select m.text from messages m join participants p on p.ticket_id = m.ticket_id
      join contact_points c on c.id = p.contact_point_id where c.normalised = ${normal(from)} order by m.id`.execute(
      app.worker,
    )
    expect(rows.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `kalimat ke-${i} dari saya`))
    expect(await answersTo(app, normal(from))).toHaveLength(1)
  }
})

test('thirty numbers take as many statements as three', async () => {
  const app = database.app()
  let statements = 0
  const counted = new WeakSet()
  app.worker_pool.on('acquire', (client) => {
    if (counted.has(client)) return
    counted.add(client)
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    Object.assign(client, { query: (...given: unknown[]) => ((statements += 1), query(...given)) })
  })
  const take = async (many: number) => {
    for (let i = 0; i < many; i++) await takeItem(app, aText({ from: aNumber(), text: 'printer mati' }))
    statements = 0
    await textsOnce(app, 'sms')
    return statements
  }
  await take(1)
  const few = await take(3)
  expect(few).toBeGreaterThan(20)
  expect(await take(30)).toBe(few)
})

test('a name in letters, a short code, our own number: kept, and nothing is opened or answered', async () => {
  const app = database.app()
  const number = aNumber()
  const ids = await takeInTexts(
    app,
    { from: 'TELKOMSEL', text: 'Promo kuota 10GB!' },
    { from: '3636', text: 'Pulsa Anda habis' },
    { from: number, to: number, text: 'gema' },
    { from: aNumber(), text: '  ' },
  )
  expect(await Promise.all(ids.map((id) => itemOf(app, id)))).toMatchObject([
    { outcome: 'refused', reason: 'sender_unreachable', sender_address: 'TELKOMSEL' },
    { outcome: 'refused', reason: 'sender_unreachable' },
    { outcome: 'report', reason: 'own_text' },
    { outcome: 'report', reason: 'empty' },
  ])
  expect(await answersTo(app, normal(number))).toEqual([])
})

test('what nobody could answer is made a request by hand; a blocked number is kept and enters when the block is lifted', async () => {
  const app = database.app()
  const from = aNumber()
  const staff = await write(app, system, (ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
  const [promo] = await takeInTexts(app, { from: 'DINKES', text: 'Undangan rapat aplikasi' })
  const opened = await write(app, staff, (ctx) => openByHand(ctx, { id: promo! }))
  expect(await theTicket(promo!)).toMatchObject({ id: opened.id, subject: 'Undangan rapat aplikasi', channel: 'sms' })

  await write(app, staff, (ctx) => blockSender(ctx, { channel: 'phone', address: normal(from), reason: '' }))
  const [text] = await takeInTexts(app, { from, text: 'printer mati' })
  expect(await itemOf(app, text!)).toMatchObject({ outcome: 'refused', reason: 'blocked' })
  await write(app, staff, (ctx) => unblockSender(ctx, { channel: 'phone', address: normal(from) }))
  await write(app, staff, (ctx) => retryItem(ctx, { id: text! }))
  await settleWaitingTexts(app)
  expect(await theTicket(text!)).toMatchObject({ subject: 'printer mati' })
})

test('two programs that answer each other end after twenty answers, and the history says so', async () => {
  const app = database.app()
  const from = aNumber()
  const [first] = await takeInTexts(app, { from, text: 'printer mati' })
  for (let round = 0; round < 3; round++)
    await takeInTexts(app, ...Array.from({ length: 8 }, () => ({ from, text: 'bantuan' })))
  expect(await answersTo(app, normal(from))).toHaveLength(20)
  const ticket = await theTicket(first!)
  expect((await factsOf(ticket.id)).filter((kind) => kind === 'conversation.silenced')).toHaveLength(1)
  expect(ticket.state).toBe('new')
})

test('what was done is echoed also to a number that is answered no more; sixty commands an hour, and STOP and BATAL always', async () => {
  const app = database.app()
  const from = aNumber()
  const [first] = await takeInTexts(app, { from, text: 'printer mati' })
  const ticket = async () => theTicket(first!)
  const last = async () => (await answersTo(app, normal(from))).at(-1)!
  for (let round = 0; round < 3; round++)
    await takeInTexts(app, ...Array.from({ length: 8 }, () => ({ from, text: 'bantuan' })))
  const { number } = await ticket()
  await takeInTexts(app, { from, text: 'SELESAI' })
  expect(await last()).toBe(say('id', 'sms.solved', { number }))
  const hour = { name: 'text_commands', whom: `sms ${normal(from)}`, window_seconds: 3600 }
  await write(app, system, (ctx) => hits(ctx, hour, 59))
  const [rated, again] = await takeInTexts(app, { from, text: 'NILAI 1' }, { from, text: 'NILAI 2' })
  for (const id of [rated, again])
    expect(await itemOf(app, id!)).toMatchObject({ outcome: 'command', reason: 'too_many' })
  const told = (await answersTo(app, normal(from))).filter((text) => text === say('id', 'sms.too_many_commands'))
  expect(told).toHaveLength(1)
  await takeInTexts(app, { from, text: 'BATAL' })
  expect(await last()).toBe(say('id', 'sms.undone_solved', { number }))
  expect((await ticket()).state).toBe('new')
})

test('unknown numbers are answered so often a day, whoever forges them; what they write is kept, and who is known is answered', async () => {
  const app = database.app()
  const known = aNumber()
  await takeInTexts(app, { from: known, text: 'printer mati' })
  const administrator = await write(app, system, (ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
  const limit = (value: number) =>
    write(app, administrator, (ctx) => setLimits(ctx, { limits: [{ name: 'text.strangers', value }] }))
  await limit(20)
  await sql`delete from limit_hits`.execute(app.worker)
  const day = { name: 'text.strangers', whom: 'all', window_seconds: 86_400 }
  await write(app, system, (ctx) => hits(ctx, day, 18))
  const crowd = Array.from({ length: 5 }, aNumber)
  const items = await takeInTexts(app, ...crowd.map((from) => ({ from, text: 'halo min, laptop mati' })))
  for (const id of items) expect(await itemOf(app, id)).toMatchObject({ outcome: 'ticket' })
  const answered = await Promise.all(crowd.map((from) => answersTo(app, normal(from))))
  expect(answered.flat()).toHaveLength(2)
  await takeInTexts(app, { from: known, text: 'STATUS' })
  expect(await answersTo(app, normal(known))).toHaveLength(2)
  await limit(5_000)
})

test('a shared telephone: several names have no say in who wrote; the same nameless one each time', async () => {
  const app = database.app()
  const from = aNumber()
  await write(app, system, async (ctx) => {
    for (const name of ['Sari', 'Budi']) await findOrMakePeople(ctx, [{ name, channel: 'phone', address: from }])
  })
  const [one] = await takeInTexts(app, { from, text: 'printer mati' })
  const [two] = await takeInTexts(app, { from, text: 'BARU: monitor bergaris hijau' })
  const [first, second] = [await theTicket(one!), await theTicket(two!)]
  expect(first.requester_id).toBe(second.requester_id)
  const { rows } = await sql<{ name: string }>`select name from people where id = ${first.requester_id}::uuid`.execute(
    app.worker,
  )
  expect(rows).toEqual([{ name: normal(from) }])
})

test('what cannot be settled is put aside and harms no other; a stranger’s command for providers does nothing', async () => {
  const app = database.app()
  const from = aNumber()
  const bad = await takeItem(app, {
    channel: 'sms',
    raw: Buffer.from('nonsense'),
    fingerprint: `bad ${from}`,
    recipients: [],
    greeting: 'unknown:x',
  })
  const [command, text] = await takeInTexts(app, { from, text: 'TERIMA 7K3' }, { from, text: 'printer mati' })
  expect(await itemOf(app, bad.id)).toMatchObject({ outcome: 'quarantined', reason: 'unknown_gateway' })
  expect(await itemOf(app, command!)).toMatchObject({ outcome: 'command', reason: 'not_contact' })
  expect(await itemOf(app, text!)).toMatchObject({ outcome: 'ticket' })
})

test('CARI shows a confirmed case in which nothing names anybody, and says so where there is none', async () => {
  const app = database.app()
  const from = aNumber()
  const last = async () => (await answersTo(app, normal(from))).at(-1)!
  const solve = async (problem: string, steps: string) => {
    const [id] = await takeInTexts(app, { from: aNumber(), text: 'mohon dibantu segera' })
    const { id: ticket_id } = await theTicket(id!)
    await sql`insert into resolutions (ticket_id, id, problem, steps, confirmed_at)
      values (${ticket_id}::uuid, gen_random_uuid(), ${problem}, ${steps}, now())`.execute(app.worker)
  }
  await solve('pemindai tidak terbaca di komputer Ibu Ratna Dewi', 'hubungi Pak Joko di 081234567890')
  await takeInTexts(app, { from, text: 'CARI pemindai' })
  expect(await last()).toMatch(/Belum ada kasus/)
  await solve('pemindai tidak terbaca', 'pasang paket sane, lalu cabut dan pasang lagi kabelnya')
  await takeInTexts(app, { from, text: 'cari pemindai' })
  expect(await last()).toBe(
    'Kasus serupa: pemindai tidak terbaca. Yang membantu: pasang paket sane, lalu cabut dan pasang lagi kabelnya',
  )
  // In another form of the word; the very word comes first.
  await solve('gagal mencetak dari aplikasi', 'pilih lagi pencetak bawaan')
  await takeInTexts(app, { from, text: 'cari cetak' })
  expect(await last()).toContain('pilih lagi pencetak bawaan')
  await solve('cetak terpotong', 'ubah ukuran kertas menjadi sama')
  await takeInTexts(app, { from, text: 'cari cetak' })
  expect(await last()).toContain('ubah ukuran kertas')
})
