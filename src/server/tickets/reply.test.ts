import { expect, test } from 'vitest'
import { readReplyAddress } from '../channels/index.ts'
import { system, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { aPerson } from '../people/testing.ts'
import { openFollowLink } from './follow-link.ts'
import { listMessages } from './list-messages.ts'
import { note } from './note.ts'
import { receiveMessages } from './receive-messages.ts'
import { reply } from './reply.ts'
import { seeTicket } from './see-ticket.ts'
import { takeBack } from './take-back.ts'
import { aTicket, aTicketWithAgent, theRequester, takesPart } from './testing.ts'

const database = useDatabase()

const outboxOf = (ctx: Writing, ticket_id: string) =>
  ctx.db.selectFrom('outbox').selectAll().where('about_id', '=', ticket_id).orderBy('id').execute()

test(
  'a reply goes to the requester by mail, into the thread, with a signed address and a link of its own',
  database.story(async ({ as, app, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system), { channel: 'email' })
    await (
      await as(system)
    ).tx
      .insertInto('mail_ids')
      .values({ mail_id: 'tanya@contoh.example', ticket_id: ticket.id, origin: 'received' })
      .execute()
    const ctx = await as(agent)
    const sent = await reply(ctx, { ticket_id: ticket.id, text: 'Sudah dicoba dinyalakan ulang?' })

    const [mail, ...others] = await outboxOf(ctx, ticket.id)
    expect(others).toEqual([])
    expect(mail).toMatchObject({
      kind: 'reply',
      recipient: ticket.requester.email,
      subject: `[#${ticket.number}] Pencetak berhenti`,
      automatic: false,
      message_id: sent.message_id,
      in_reply_to: 'tanya@contoh.example',
      mail_references: ['tanya@contoh.example'],
      state: 'waiting',
    })
    expect(mail!.not_before.getTime() - ctx.now.getTime()).toBe(15_000)
    expect(readReplyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, mail!.reply_to!)).toEqual({
      ticket_number: ticket.number,
      participant_id: ticket.requester.id,
    })
    const token = /\/follow\/([a-z2-7]{32})/.exec(mail!.text)?.[1]
    expect(await openFollowLink(await as(system), token!)).toMatchObject(theRequester(ticket))
    expect(await openFollowLink(await as(system), 'a'.repeat(32))).toBeNull()

    expect(await seeTicket(await as(agent), { id: ticket.id })).toMatchObject({ state: 'waiting', waiting_since: null })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.sent'])
  }),
)

test(
  'a reply that still owes something leaves the ticket open, and answers what was asked',
  database.story(async ({ as }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    await reply(ctx, { ticket_id: ticket.id, text: 'Kami periksa dahulu.', waiting: false })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'open', waiting_since: null })
  }),
)

test(
  'who called is answered by SMS, at the number they gave, and the answer stands on the follow page',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const requester = await aPerson(setting, { email: null, phone: '+628110000001' })
    const { ticket, agent } = await aTicketWithAgent(setting, { requester, channel: 'phone' })
    const ctx = await as(agent)
    expect(await reply(ctx, { ticket_id: ticket.id, text: 'Silakan telepon kami.' })).toMatchObject({
      mails: 0,
      texts: 1,
    })
    expect(await outboxOf(ctx, ticket.id)).toMatchObject([{ channel: 'sms', address: '+628110000001' }])
    const messages = await listMessages(await as(theRequester(ticket), new Date(ctx.now.getTime() + 16_000)), ticket.id)
    expect(messages.map((message) => message.text)).toContain('Silakan telepon kami.')
  }),
)

test(
  'whoever takes part gets a mail; whoever is only suggested does not',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const [colleague, stranger] = [await aPerson(setting), await aPerson(setting)]
    await takesPart(setting, { ticket_id: ticket.id, person_id: colleague.id, part: 'participant' })
    await takesPart(setting, { ticket_id: ticket.id, person_id: stranger.id, part: 'suggested' })
    const ctx = await as(agent)
    expect(await reply(ctx, { ticket_id: ticket.id, text: 'Jawaban' })).toMatchObject({ mails: 2 })
    const mails = await outboxOf(ctx, ticket.id)
    expect(mails.map((mail) => mail.recipient).sort()).toEqual([ticket.requester.email, colleague.email].sort())
    expect(new Set(mails.map((mail) => mail.mail_id)).size).toBe(2)
  }),
)

test(
  'sending stops when a message arrived that the writer has not seen',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    await receiveMessages(await as(system), [
      {
        ticket_id: ticket.id,
        author_id: ticket.requester.id,
        channel: 'web',
        text: 'Sudah bisa, ternyata kabelnya.',
        reopen_within_days: 60,
      },
    ])
    const ctx = await as(agent)
    const answer = { ticket_id: ticket.id, text: 'Coba ganti kabelnya.', seen_message_id: ticket.message_id }
    await expect(reply(ctx, answer)).rejects.toMatchObject({ kind: 'conflict', key: 'ticket.message_arrived' })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.received'])
  }),
)

test(
  'for an agent of another desk the ticket does not exist',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const ticket = await aTicket(setting)
    const stranger = await aStaff(setting, { desk: await aDesk(setting) })
    const ctx = await as(stranger)
    await expect(reply(ctx, { ticket_id: ticket.id, text: 'Halo' })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(listMessages(ctx, ticket.id)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(seeTicket(ctx, { number: ticket.number })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await facts(ticket.id)).toEqual(['ticket.opened'])
  }),
)

test(
  'within 15 seconds a reply is taken back as if it had never been: mails, message, state',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    const before = await seeTicket(ctx, { id: ticket.id })
    const { message_id } = await reply(ctx, { ticket_id: ticket.id, text: 'Salah tempel.' })
    await takeBack(ctx, { ticket_id: ticket.id, message_id })

    expect((await outboxOf(ctx, ticket.id)).map((mail) => mail.state)).toEqual(['cancelled'])
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({
      state: 'open',
      waiting_since: before.waiting_since,
    })
    const requester = await as(theRequester(ticket), new Date(ctx.now.getTime() + 60_000))
    expect((await listMessages(requester, ticket.id)).map((message) => message.direction)).toEqual(['in'])
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.sent', 'message.taken_back'])
  }),
)

test(
  'while a reply can be taken back, the requester does not see it; then they do',
  database.story(async ({ as }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const { now } = await as(agent)
    await reply(await as(agent, now), { ticket_id: ticket.id, text: 'Sudah dicoba?' })
    const seenAfter = async (seconds: number) =>
      (await listMessages(await as(theRequester(ticket), new Date(now.getTime() + seconds * 1000)), ticket.id)).length
    expect([await seenAfter(0), await seenAfter(14), await seenAfter(15)]).toEqual([1, 1, 2])
  }),
)

test.each([
  ['a mail is under way', 'sending', 0],
  ['the 15 seconds are over', 'waiting', 16_000],
] as const)('when %s, a reply cannot be taken back', (_, state, later) =>
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    const { message_id } = await reply(ctx, { ticket_id: ticket.id, text: 'Sudah terkirim.' })
    await (
      await as(system)
    ).tx
      .updateTable('outbox')
      .set({ state, not_before: new Date(ctx.now.getTime() + 15_000 - later) })
      .where('message_id', '=', message_id)
      .execute()
    const afterwards = await as(agent, new Date(ctx.now.getTime() + later))
    await expect(takeBack(afterwards, { ticket_id: ticket.id, message_id })).rejects.toMatchObject({
      kind: 'conflict',
      key: 'ticket.left_already',
    })
    expect(await facts(ticket.id)).not.toContain('message.taken_back')
  })(),
)

test(
  'a colleague cannot take back what somebody else wrote',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    const { message_id } = await reply(await as(agent), { ticket_id: ticket.id, text: 'Jawaban' })
    await expect(takeBack(await as(colleague), { ticket_id: ticket.id, message_id })).rejects.toMatchObject({
      kind: 'conflict',
    })
  }),
)

test(
  'a note stays inside: the requester never sees it, nor its file',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    await note(ctx, {
      ticket_id: ticket.id,
      text: 'Pemohon terdengar kesal.',
      attachments: [{ name: 'foto.png', type: 'image/png', size: 3, sha256: 'a'.repeat(64) }],
    })
    const atDesk = await listMessages(ctx, ticket.id)
    expect(atDesk.map((message) => message.direction)).toEqual(['in', 'note'])
    expect(atDesk[1]!.attachments).toMatchObject([{ name: 'foto.png', size: 3 }])
    const requester = await as(theRequester(ticket))
    expect(await listMessages(requester, ticket.id)).toHaveLength(1)
    expect(await requester.db.selectFrom('messages').select('direction').execute()).toEqual([{ direction: 'in' }])
    expect(await requester.db.selectFrom('attachments').selectAll().execute()).toEqual([])
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.noted'])
  }),
)

test(
  'NUL bytes and half surrogates in what people paste lose nothing else',
  database.story(async ({ as }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system), { text: 'a\0b \ud800 c', subject: 'x\0y\nz' })
    const ctx = await as(agent)
    await reply(ctx, { ticket_id: ticket.id, text: 'd\0e \udfff f' })
    const messages = await listMessages(ctx, ticket.id)
    expect(messages.map((message) => message.text)).toEqual(['ab \ufffd c', 'de \ufffd f'])
    expect((await seeTicket(ctx, { id: ticket.id })).subject).toBe('xy z')
  }),
)

test(
  'nobody answers a ticket that does not exist',
  database.story(async ({ as }) => {
    const agent = await aStaff(await as(system), { sees_all: true })
    await expect(reply(await as(agent), { ticket_id: newId(), text: 'Halo' })).rejects.toMatchObject({
      kind: 'not_found',
    })
  }),
)
