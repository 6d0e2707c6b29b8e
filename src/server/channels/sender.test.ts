import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { cancelMessage } from './cancel-message.ts'
import { claimDue, type DueMessage } from './claim-due.ts'
import { listOutbox, retryMessage } from './list-outbox.ts'
import { openMailRelay, type MailRelay } from './email/send.ts'
import { queueMessages, type NewMessage } from './queue-messages.ts'
import { maySend, type Attempt } from './send-mail.ts'
import { noteDeliveryReports } from './note-delivery-reports.ts'
import { openSender } from './sender.ts'
import { settleAttempts } from './settle-attempts.ts'

const database = useDatabase()
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await database.app().worker.updateTable('outbox').set({ state: 'cancelled' }).execute()
})

/** A mail host that refuses some addresses; answers what it took. */
async function aMailHost(refusing: Record<string, number> = {}): Promise<{ relay: MailRelay; taken: string[] }> {
  const taken: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _, answer) {
      const code = refusing[address.split('@')[0]!]
      answer(code ? Object.assign(new Error('no'), { responseCode: code }) : null)
    },
    onData(stream, _, answer) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        // long header lines are folded
        taken.push(
          Buffer.concat(chunks)
            .toString()
            .replace(/\r\n (?=\S)/g, ' '),
        )
        answer()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const relay = openMailRelay(`smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, database.app().log)
  ends.push(
    () => relay.stop(),
    () => new Promise<void>((resolve) => server.close(resolve)),
  )
  return { relay, taken }
}

/** Sends what is due until nothing is, and waits for the answers. */
async function sendDue(app: App, relay: MailRelay | null): Promise<void> {
  const sender = openSender(app, relay)
  ends.push(async () => sender.stop())
  do await sender.idle()
  while (await sender.sendDue())
  await sender.idle()
}
const everywhere = { mails: 20, proven: [], doubtful: { destinations: [], mails: 0 }, unknown: 20, full: [] }
const claim = (app: App) => claimDue(app, everywhere)
const LATER = { state: 'later', error: 'ECONNREFUSED', relay: false, slow: false } as const
const settle = (message: DueMessage, attempt: Attempt) =>
  write(database.app(), system, (ctx) => settleAttempts(ctx, [{ message, attempt }]))

const aMessage = (recipient: string, given: Partial<NewMessage> = {}): NewMessage => ({
  channel: 'email',
  kind: 'reply',
  recipient,
  subject: '[#100014] Printer mati',
  text: 'Coba matikan lalu nyalakan lagi.',
  language: 'id',
  automatic: false,
  ...given,
})
const queue = (...messages: NewMessage[]) => write(database.app(), system, (ctx) => queueMessages(ctx, messages))
const row = (id: string) =>
  database.app().worker.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const failedFacts = () =>
  database.app().worker.selectFrom('facts').select('about').where('kind', '=', 'outbox.failed').execute()

test('a mail is sent to its recipient, with its Message-ID and reply address', async () => {
  const { relay, taken } = await aMailHost()
  const [id] = await queue(
    aMessage('sari@contoh.id', { reply_to: 'balas-1@balas.localhost', in_reply_to: 'awal@contoh.id' }),
  )
  await sendDue(database.app(), relay)
  const sent = await row(id!)
  expect(sent).toMatchObject({ state: 'sent', attempts: 1, last_error: null })
  expect(sent.sent_at).not.toBeNull()
  expect(taken).toHaveLength(1)
  expect(taken[0]).toContain(`Message-ID: <${sent.mail_id}>`)
  expect(taken[0]).toContain('In-Reply-To: <awal@contoh.id>')
  expect(taken[0]).toMatch(/Reply-To: .*balas-1@balas.localhost/)
})

test('one recipient who is refused stops no other, and says so in a fact', async () => {
  const { relay, taken } = await aMailHost({ mati: 550, penuh: 452 })
  const [bad, wrong, full, good] = await queue(
    aMessage('mati@contoh.id'),
    aMessage('tidak ada alamat'),
    aMessage('penuh@contoh.id'),
    aMessage('sari@contoh.id'),
  )
  await sendDue(database.app(), relay)
  expect(await row(bad!)).toMatchObject({ state: 'failed', next_attempt_at: null })
  expect(await row(wrong!)).toMatchObject({ state: 'failed', last_error: 'bad_address' })
  expect(await row(full!)).toMatchObject({ state: 'waiting' })
  expect((await row(full!)).last_error).toMatch(/452/)
  expect(await row(good!)).toMatchObject({ state: 'sent' })
  expect(taken).toHaveLength(1)
  const failed = (await failedFacts()).map((fact) => (fact.about as { outbox_id: string }).outbox_id)
  expect(failed).toEqual(expect.arrayContaining([bad, wrong]))
  expect(failed).not.toContain(full)
})

test('without a relay mails are kept as files, and a loopback origin lets nothing out', async () => {
  const app = database.app()
  const [id] = await queue(aMessage('sari@contoh.id'))
  await sendDue(app, null)
  expect(await row(id!)).toMatchObject({ state: 'kept', last_error: null })
  const folder = join(app.settings.PANDU_DATA, 'outbox')
  expect(await readFile(join(folder, `${id}.eml`), 'utf8')).toContain('Coba matikan')
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])

  const relayed: App = { ...app, settings: { ...app.settings, PANDU_MAIL_RELAY: 'smtp://mail.contoh.go.id' } }
  const [local] = await queue(aMessage('sari@contoh.id'))
  await sendDue(relayed, null)
  expect(await row(local!)).toMatchObject({ state: 'kept', last_error: 'origin_is_local' })
})

test.each([
  [undefined, 'https://bantuan.contoh.id', false],
  ['smtp://mail.contoh.id', 'https://bantuan.contoh.id', true],
  ['smtp://mail.contoh.id', 'http://localhost:8080', false],
  ['smtp://mail.contoh.id', 'http://[::1]:8080', false],
  ['smtp://127.0.0.1:2500', 'http://localhost:8080', true],
])('with relay %s and origin %s mail may leave: %s', (relay, origin, may) => {
  expect(maySend({ PANDU_MAIL_RELAY: relay, PANDU_ORIGIN: origin })).toBe(may)
})

test('what cannot be reached is tried later and later, and given up after three days', async () => {
  const app = database.app()
  const minutes: number[] = []
  const [id] = await queue(aMessage('sari@contoh.id'))
  for (let attempt = 0; attempt < 6; attempt++) {
    await app.worker
      .updateTable('outbox')
      .set({ next_attempt_at: new Date(0) })
      .where('id', '=', id!)
      .execute()
    const [message] = await claim(app)
    const tried = await write(app, system, async (ctx) => {
      await settleAttempts(ctx, [{ message: message!, attempt: LATER }])
      return ctx.now
    })
    minutes.push(Math.round(((await row(id!)).next_attempt_at!.getTime() - tried.getTime()) / 60_000))
  }
  expect(minutes).toEqual([1, 5, 15, 60, 60, 60])
  const long_ago = new Date(Date.now() - 3.1 * 86_400_000)
  await app.worker
    .updateTable('outbox')
    .set({ next_attempt_at: long_ago, not_before: long_ago })
    .where('id', '=', id!)
    .execute()
  const [message] = await claim(app)
  await settle(message!, LATER)
  expect(await row(id!)).toMatchObject({ state: 'failed', last_error: 'ECONNREFUSED' })
})

test('a mail whose sender died between sending and writing it down goes again with the same Message-ID', async () => {
  const { relay, taken } = await aMailHost()
  const [id] = await queue(aMessage('sari@contoh.id'))
  const [dying] = await claim(database.app())
  expect(await claim(database.app())).toEqual([])
  await database
    .app()
    .worker.updateTable('outbox')
    .set({ lease_until: new Date(0) })
    .where('id', '=', id!)
    .execute()
  await sendDue(database.app(), relay)
  expect(await row(id!)).toMatchObject({ state: 'sent', attempts: 2 })
  expect(taken[0]).toContain(`Message-ID: <${dying!.mail_id}>`)
  // and the one that was thought dead changes nothing when it wakes up
  await settle(dying!, { state: 'refused', error: '550', status: '550' })
  expect(await row(id!)).toMatchObject({ state: 'sent' })
})

test('a reply can be taken back while its seconds last, and not later', async () => {
  const { relay, taken } = await aMailHost()
  const message_id = newId()
  const [id] = await queue(aMessage('sari@contoh.id', { message_id, not_before: new Date(Date.now() + 15_000) }))
  await sendDue(database.app(), relay)
  expect(taken).toEqual([])
  const cancel = () => write(database.app(), system, (ctx) => cancelMessage(ctx, { message_id }))
  expect(await cancel()).toBe(1)
  expect(await row(id!)).toMatchObject({ state: 'cancelled' })
  expect(await cancel()).toBe(0)
})

test('a delivery report makes a sent mail failed, never a failed one delivered, and somebody can send it once more', async () => {
  const { relay } = await aMailHost()
  const [id] = await queue(aMessage('sari@contoh.id'))
  await sendDue(database.app(), relay)
  const { mail_id } = await row(id!)
  const note = (state: 'failed' | 'delivered') =>
    write(database.app(), system, (ctx) =>
      noteDeliveryReports(ctx, [
        { outbox_id: null, mail_id: mail_id!, state, status: '5.2.2', said: 'penuh', addresses: [] },
      ]),
    )
  expect(await note('failed')).toEqual([{ outbox_id: id, ticket: null }])
  expect(await row(id!)).toMatchObject({ state: 'failed', last_error: '5.2.2 penuh' })
  await note('delivered')
  expect(await row(id!)).toMatchObject({ state: 'failed', last_error: '5.2.2 penuh' })
  await write(database.app(), system, (ctx) => retryMessage(ctx, { id: id! }))
  await expect(write(database.app(), system, (ctx) => retryMessage(ctx, { id: id! }))).rejects.toMatchObject({
    kind: 'conflict',
  })
  const { items } = await write(database.app(), system, (ctx) => listOutbox(ctx, { state: 'waiting' }))
  expect(items.map((item) => item.id)).toContain(id)
})

test('a dead address gets nothing for 60 days but mails for signing in, each refusal is told on the ticket, and others go on', async () => {
  const { relay, taken } = await aMailHost({ pindah: 550 })
  const dead = 'pindah@contoh.id'
  const about_id = newId()
  await queue(aMessage(dead, { about_id, about_number: 100014 }))
  await sendDue(database.app(), relay)
  expect(await mutes()).toEqual([])
  // The bare word "no" says nothing of the address; this does.
  const unknown = await aMailHost({ pindah: 551 })
  const [first] = await queue(aMessage(dead, { about_id, about_number: 100014 }))
  const [message] = await claim(database.app())
  await settle(message!, { state: 'refused', error: '5.1.1 550 5.1.1 no such user', status: '5.1.1' })
  expect(await row(first!)).toMatchObject({ state: 'failed' })
  expect(await mutes()).toMatchObject([{ address: dead, status: '5.1.1' }])
  const [muted, sign_in, other] = await queue(
    aMessage('Pindah@Contoh.ID', { about_id, about_number: 100014 }),
    aMessage(dead, { kind: 'sign_in' }),
    aMessage('sari@contoh.id'),
  )
  await sendDue(database.app(), unknown.relay)
  expect(await row(muted!)).toMatchObject({ state: 'muted', attempts: 0, last_error: '5.1.1', next_attempt_at: null })
  expect((await row(sign_in!)).attempts).toBe(1)
  expect(await row(other!)).toMatchObject({ state: 'sent' })
  expect(taken).toEqual([])
  const facts = await database
    .app()
    .worker.selectFrom('facts')
    .select('kind')
    .where('ticket_id', '=', about_id)
    .orderBy('id')
    .execute()
  expect(facts.map(({ kind }) => kind)).toEqual(['outbox.failed', 'outbox.failed', 'address.muted', 'outbox.muted'])
  // After 60 days it is tried again.
  await database
    .app()
    .worker.updateTable('muted_addresses')
    .set({ until: new Date(0) })
    .execute()
  await write(database.app(), system, (ctx) => retryMessage(ctx, { id: muted! }))
  expect((await claim(database.app())).map(({ id, muted: said }) => [id, said])).toContainEqual([muted, null])
})
const mutes = () =>
  database
    .app()
    .worker.selectFrom('muted_addresses')
    .select(['address', 'status'])
    .where('until', '>', new Date())
    .execute()

test('more than thirty notices to one address in an hour wait, visibly, and no reply waits with them', async () => {
  const { relay, taken } = await aMailHost()
  const ids = await queue(
    ...Array.from({ length: 33 }, () => aMessage('kantor@contoh.id', { kind: 'notice', automatic: true })),
    aMessage('kantor@contoh.id'),
  )
  await sendDue(database.app(), relay)
  expect(taken).toHaveLength(31)
  const rows = await Promise.all(ids.map((id) => row(id)))
  const waiting = rows.filter(({ state }) => state === 'waiting')
  expect(waiting).toHaveLength(3)
  for (const one of waiting) {
    expect(one).toMatchObject({ last_error: 'limited', attempts: 0 })
    expect(one.next_attempt_at!.getTime()).toBeGreaterThan(Date.now() + 50 * 60_000)
  }
  expect(rows.at(-1)).toMatchObject({ kind: 'reply', state: 'sent' })
  await database
    .app()
    .worker.updateTable('outbox')
    .set({ sent_at: new Date(Date.now() - 3_700_000) })
    .where('state', '=', 'sent')
    .execute()
  await database
    .app()
    .worker.updateTable('outbox')
    .set({ next_attempt_at: new Date(0) })
    .where('state', '=', 'waiting')
    .execute()
  await sendDue(database.app(), relay)
  expect(taken).toHaveLength(34)
})
