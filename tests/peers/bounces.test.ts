/** A real Postfix behind Pandu: what it cannot deliver comes back as a report that finds its mail, ticket and recipient. */
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/server/platform/app.ts'
import { system, write } from '../../src/server/platform/context.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { mutedAmong, queueMessages, startSender } from '../../src/server/channels/index.ts'
import { prepare } from '../../src/server/desks/index.ts'
import { acknowledge, startIntake, startMailListener } from '../../src/server/intake/index.ts'
import { findPrograms, whyNoPostfix, type Programs } from './debian.ts'
import { startPostfix, type Postfix } from './postfix.ts'
import { swaks } from './swaks.ts'

const DOMAIN = 'pandu.test'
const found = await findPrograms()
const reason = 'missing' in found ? found.missing : whyNoPostfix()
const programs: Programs = 'missing' in found ? { root: '/' } : found

const database = useDatabase({ PANDU_MAIL_DOMAIN: DOMAIN, PANDU_REPLY_DOMAIN: `balas.${DOMAIN}`, PANDU_SMTP_PORT: '0' })
let app: App
let postfix: Postfix
const ends: (() => Promise<unknown>)[] = []

/** The office of those who write: `mati` lives there no more, everybody else does. */
async function startOffice(): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: ({ address }, _, answer) =>
      answer(address.startsWith('mati') ? Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 }) : null),
    onData: (stream, _, answer) => void stream.resume().on('end', () => answer()),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise<void>((resolve) => server.close(resolve)))
  return (server.server.address() as AddressInfo).port
}

beforeAll(async () => {
  if (reason) return
  const office = await startOffice()
  await prepare(database.app())
  const listener = await startMailListener(database.app())
  postfix = await startPostfix(programs, {
    routes: { [DOMAIN]: listener.port, [`balas.${DOMAIN}`]: listener.port },
    world: office,
  })
  app = { ...database.app(), settings: { ...database.app().settings, PANDU_MAIL_RELAY: postfix.url } }
  const [intake, sender] = [startIntake(app), startSender(app)]
  ends.push(
    () => postfix.stop(),
    () => listener.stop(),
    () => intake.stop(),
    () => sender.stop(),
  )
}, 120_000)
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end()
}, 60_000)

const outboxTo = (recipient: string) =>
  app.worker.selectFrom('outbox').selectAll().where('recipient', '=', recipient).orderBy('id').execute()
const reports = () =>
  app.worker
    .selectFrom('intake_items')
    .select(['outcome', 'reason', 'ticket_id', 'envelope_from', 'recipients'])
    .where('outcome', '=', 'report')
    .execute()

/** Somebody asks through Postfix; answers the id of the ticket, acknowledged. */
async function askFrom(address: string): Promise<string> {
  const mail = [
    `From: ${address}`,
    `To: helpdesk@${DOMAIN}`,
    'Subject: Pencetak',
    `Message-ID: <${newId()}@kantor.test>`,
    '',
    'Mati.',
    '',
  ]
  const { code, transcript } = await swaks(programs, {
    port: postfix.port,
    from: address,
    to: [`helpdesk@${DOMAIN}`],
    mail: mail.join('\r\n'),
  })
  expect(code, transcript).toBe(0)
  const ticketOf = () =>
    app.worker
      .selectFrom('intake_items')
      .select('ticket_id')
      .where('sender_address', '=', address)
      .where('outcome', '=', 'ticket')
      .executeTakeFirst()
  await expect.poll(ticketOf, { timeout: 30_000 }).toMatchObject({ ticket_id: expect.any(String) })
  const ticket_id = (await ticketOf())!.ticket_id!
  await acknowledge(app, [{ fact_id: newId(), kind: 'ticket.opened', ticket_id, about: {} }])
  return ticket_id
}

test(
  'a recipient whom nobody knows: Postfix reports it, and it is known of which ticket and whom',
  { timeout: 120_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const ticket_id = await askFrom('mati@kantor.test')
    await expect
      .poll(async () => (await outboxTo('mati@kantor.test'))[0], { timeout: 60_000 })
      .toMatchObject({ state: 'failed', about_id: ticket_id, last_error: expect.stringContaining('5.1.1') })
    const [report] = (await reports()).filter((one) => one.ticket_id === ticket_id)
    // From nobody, to the envelope sender of that one mail.
    expect(report).toMatchObject({ reason: 'delivery_report', envelope_from: null })
    expect(report!.recipients[0]).toMatch(/^b-[a-z2-7]{52}@balas\.pandu\.test$/)
    expect(await write(app, system, (ctx) => mutedAmong(ctx, ['mati@kantor.test']))).toMatchObject([
      { status: '5.1.1' },
    ])
  },
)

test('who lives gets theirs meanwhile, and Postfix says where a reply went', { timeout: 120_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  const ticket_id = await askFrom('hidup@kantor.test')
  await write(app, system, (ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'reply',
        recipient: 'hidup@kantor.test',
        subject: 'Jawaban',
        text: 'Coba matikan lalu nyalakan lagi.',
        language: 'id',
        automatic: false,
        about_id: ticket_id,
        about_number: 100_000,
      },
    ]),
  )
  app.poke()
  await expect
    .poll(async () => (await outboxTo('hidup@kantor.test')).map(({ state }) => state), { timeout: 60_000 })
    .toEqual(['sent', 'sent'])
  // Asked for by NOTIFY=SUCCESS: handed on to a host that reports nothing, so it stays "sent".
  await expect
    .poll(async () => (await reports()).filter((one) => one.ticket_id === ticket_id).length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(1)
  expect((await outboxTo('hidup@kantor.test')).map(({ state }) => state)).toEqual(['sent', 'sent'])
  expect(await postfix.log()).toMatch(/relay=127\.0\.0\.1.*status=sent/)
})
