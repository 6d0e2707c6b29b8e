import { connect } from 'node:net'
import nodemailer from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { replyAddress } from '../channels/index.ts'
import { dial } from '../channels/email/listen.testing.ts'
import { prepare } from '../desks/index.ts'
import { aDesk } from '../desks/testing.ts'
import { startMailListener, type MailListener } from './mail-listener.ts'
import { startIntake } from './start-intake.ts'

const database = useDatabase({ PANDU_SMTP_PORT: '0' })
let listener: MailListener
let app: App
let available = true
beforeAll(async () => {
  app = { ...database.app(), available: () => available }
  await prepare(app)
  listener = await startMailListener(app)
})
afterAll(() => listener.stop())

const send = (to: string, text = newId()) =>
  nodemailer
    .createTransport({ host: '127.0.0.1', port: listener.port, ignoreTLS: true })
    .sendMail({ from: 'sari@dinkes.contoh.go.id', to, subject: 'Pencetak mati', text })
const itemsWith = (text: string) =>
  app.worker.selectFrom('intake_items').selectAll().where('text', 'like', `%${text}%`).execute()

test('a mail client’s mail is in the ledger when it reads 250, and becomes a ticket by itself', async () => {
  const text = newId()
  const { count: before } = await count()
  const { response } = await send('helpdesk@localhost', text)
  expect(response).toMatch(/^250/)
  expect((await count()).count).toBe(before + 1)
  const intake = startIntake(app)
  await expect
    .poll(() => itemsWith(text), { timeout: 30_000 })
    .toMatchObject([{ outcome: 'ticket', remote: '127.0.0.1' }])
  await intake.stop()
})
const count = async () => {
  const row = await app.worker
    .selectFrom('intake_items')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return { count: Number(row.count) }
}

test('desks have their addresses, every reply address is taken, everything else is refused', async () => {
  await write(app, system, (ctx) => aDesk(ctx, { mail_local_part: 'papua' }))
  await write(app, system, (ctx) => aDesk(ctx, { mail_local_part: 'tutup', closed_at: new Date() }))
  for (const to of ['papua@localhost', 'Helpdesk@LOCALHOST', 'apa-saja@balas.localhost'])
    expect((await send(to)).response).toMatch(/^250/)
  for (const to of ['tidakada@localhost', 'tutup@localhost', 'orang@contoh.com'])
    await expect(send(to)).rejects.toMatchObject({ responseCode: 550 })
})

/** The greatest difference between two distributions (Kolmogorov and Smirnov). */
function distanceOf(one: readonly number[], other: readonly number[]): number {
  const shareBelow = (all: readonly number[], at: number) => all.filter((value) => value <= at).length / all.length
  return Math.max(...[...one, ...other].map((at) => Math.abs(shareBelow(one, at) - shareBelow(other, at))))
}

test('how long RCPT takes tells no more about a reply address than its answer', { timeout: 120_000 }, async () => {
  const ROUNDS = 400
  const ticket = await app.worker.selectFrom('tickets').select(['number', 'requester_id']).executeTakeFirstOrThrow()
  const { secrets, settings } = app
  const right = replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, {
    ticket_number: String(ticket.number),
    participant_id: ticket.requester_id,
  })
  const wrong = right.replace(/(.)@/, (_, last: string) => (last === 'a' ? 'b@' : 'a@'))
  const nonsense = `${'z'.repeat(right.indexOf('@'))}@${settings.PANDU_REPLY_DOMAIN}`
  const kinds = [right, wrong, nonsense]
  const { say, socket } = await dial(listener.port)
  await say('EHLO klien.contoh.id\r\n')
  // Turn about, so that a busy moment meets each kind; the best of three, because a moment may not.
  let [ratio, distance] = [Infinity, Infinity]
  for (let attempt = 0; attempt < 3 && (ratio > 1.15 || distance > 0.12); attempt++) {
    const times = new Map(kinds.map((kind) => [kind, [] as number[]]))
    for (let round = 0; round < ROUNDS; round++) {
      await say('RSET\r\n')
      await say('MAIL FROM:<budi@contoh.id>\r\n')
      for (let turn = 0; turn < kinds.length; turn++) {
        const kind = kinds[(round + turn) % kinds.length]!
        const begun = process.hrtime.bigint()
        expect(await say(`RCPT TO:<${kind}>\r\n`)).toBe('250 Accepted\r\n')
        times.get(kind)!.push(Number(process.hrtime.bigint() - begun))
      }
    }
    const all = [...times.values()]
    const medians = all.map((one) => one.toSorted((a, b) => a - b)[ROUNDS / 2]!)
    ratio = Math.max(...medians) / Math.min(...medians)
    // Of the nonsense the ratio only: that it has not the form of an address takes half a microsecond of 35 more, and the form is no secret.
    distance = distanceOf(all[0]!, all[1]!)
  }
  socket.destroy()
  expect(ratio).toBeLessThanOrEqual(1.15)
  // p > 0.01 for so many samples would be 0.115.
  expect(distance).toBeLessThanOrEqual(0.12)
})

test('while nothing can be stored, mail is told to come again', async () => {
  available = false
  await expect(send('helpdesk@localhost')).rejects.toMatchObject({ responseCode: 451 })
  available = true
  expect((await send('helpdesk@localhost')).response).toMatch(/^250/)
})

test('a mail that smuggles another one is refused, also by whoever does not wait for answers, and stands in the ledger as refused', async () => {
  for (const end of ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\0\r\n']) {
    const word = newId()
    const { count: before } = await count()
    const inner = `MAIL FROM:<jahat@contoh.id>\r\nRCPT TO:<helpdesk@localhost>\r\nDATA\r\nSubject: dua\r\n\r\n${word}`
    const heard = await sayAtOnce(
      'EHLO klien.contoh.id\r\nMAIL FROM:<budi@contoh.id>\r\nRCPT TO:<helpdesk@localhost>\r\nDATA\r\n' +
        `From: budi@contoh.id\r\nSubject: satu\r\n\r\n${word}${end}${inner}\r\n.\r\nQUIT\r\n`,
    )
    expect(heard.match(/^354 /gm)).toHaveLength(1)
    expect(heard).toMatch(/^550 5\.6\.0 .*\r\n221 /m)
    expect((await count()).count).toBe(before + 1)
    const [item] = await app.worker.selectFrom('intake_items').selectAll().orderBy('id', 'desc').limit(1).execute()
    expect(item).toMatchObject({ outcome: 'refused', reason: 'false_end', ticket_id: null })
    expect(item!.raw!.toString()).toContain(word)
  }
})

const sayAtOnce = (text: string) =>
  new Promise<string>((resolve) => {
    const socket = connect(listener.port, '127.0.0.1')
    let heard = ''
    // Nobody may speak before the greeting; then everything comes in one piece.
    socket.once('data', () => socket.write(text))
    socket.on('data', (chunk) => (heard += chunk.toString()))
    socket.on('close', () => resolve(heard))
  })
