import { expect, test } from 'vitest'
import { system, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { close } from './close.ts'
import { receiveMessages } from './receive-messages.ts'
import { reply } from './reply.ts'
import { resolve } from './resolve.ts'
import { seeTicket } from './see-ticket.ts'
import { aTicket, aTicketWithAgent, type TestTicket } from './testing.ts'

const database = useDatabase()
const DAY_MS = 86_400_000

const answer = (ticket: TestTicket, text = 'Masih sama.') => ({
  ticket_id: ticket.id,
  author_id: ticket.requester.id,
  channel: 'email' as const,
  text,
  reopen_within_days: 60,
})

test(
  'an answer to a waiting ticket opens it again, and it waits since that answer',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const asked = await as(agent)
    await reply(asked, { ticket_id: ticket.id, text: 'Merek apa?' })
    const ctx = await as(system, new Date(asked.now.getTime() + DAY_MS))
    const [received] = await receiveMessages(ctx, [answer(ticket)])
    expect(received).toMatchObject({ ticket_id: ticket.id, number: ticket.number, reopened: false, follows_id: null })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'open', waiting_since: ctx.now })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.sent', 'message.received'])
  }),
)

test(
  'the oldest unanswered message says since when somebody waits, however many follow',
  database.story(async ({ as }) => {
    const first = await as(system)
    const ticket = await aTicket(first)
    const later = await as(system, new Date(first.now.getTime() + DAY_MS))
    await receiveMessages(later, [answer(ticket, 'Halo?'), answer(ticket, 'Ada orang?')])
    expect(await seeTicket(later, { id: ticket.id })).toMatchObject({ state: 'new', waiting_since: first.now })
    const rows = await later.db.selectFrom('messages').select('text').where('ticket_id', '=', ticket.id).execute()
    expect(rows).toHaveLength(3)
  }),
)

test(
  'an answer to a resolved ticket reopens it and lifts the resolution',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    await resolve(await as(agent), { ticket_id: ticket.id, problem: 'Kabel', steps: 'Pasang kabel.' })
    const ctx = await as(system, new Date(Date.now() + DAY_MS))
    const [received] = await receiveMessages(ctx, [answer(ticket)])
    expect(received!.reopened).toBe(true)
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'open', resolution: null })
    expect(await facts(ticket.id)).toEqual([
      'ticket.opened',
      'message.sent',
      'ticket.resolved',
      'ticket.reopened',
      'message.received',
    ])
  }),
)

async function aClosedTicket(as: (actor: never) => Promise<Writing>) {
  const { ticket, agent } = await aTicketWithAgent(await as(system as never), {
    region_code: null,
    subject: 'LibreOffice lambat',
  })
  await close(await as(agent as never), { ticket_id: ticket.id, reason: 'solved' })
  return ticket
}

test(
  'a closed ticket answered within the days is reopened',
  database.story(async ({ as }) => {
    const ticket = await aClosedTicket(as)
    const ctx = await as(system, new Date(Date.now() + 59 * DAY_MS))
    const [received] = await receiveMessages(ctx, [answer(ticket)])
    expect(received).toMatchObject({ ticket_id: ticket.id, reopened: true, follows_id: null })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({
      state: 'open',
      closure: null,
      waiting_since: ctx.now,
    })
  }),
)

test(
  'a closed ticket answered after months gets a new ticket that names it, and stays closed',
  database.story(async ({ as, facts }) => {
    const ticket = await aClosedTicket(as)
    const ctx = await as(system, new Date(Date.now() + 61 * DAY_MS))
    const [received] = await receiveMessages(ctx, [answer(ticket, 'Sekarang lambat lagi.')])
    expect(received).toMatchObject({ reopened: false, follows_id: ticket.id })
    expect(received!.ticket_id).not.toBe(ticket.id)
    expect(await seeTicket(ctx, { id: received!.ticket_id })).toMatchObject({
      state: 'new',
      subject: 'LibreOffice lambat',
      holder: { desk: { id: ticket.desk.id } },
      links: [{ id: ticket.id, kind: 'follow_up', direction: 'from' }],
    })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({
      state: 'closed',
      links: [{ id: received!.ticket_id, direction: 'to' }],
    })
    expect(await facts(received!.ticket_id)).toEqual(['ticket.opened', 'ticket.linked'])
  }),
)

test(
  'further answers on the old link go on in the ticket that follows, also in one batch, and open another only when that is closed for long too',
  database.story(async ({ as }) => {
    const old = await aClosedTicket(as)
    const ctx = await as(system, new Date(Date.now() + 61 * DAY_MS))
    const [first, second] = await receiveMessages(ctx, [answer(old, 'Lambat lagi.'), answer(old, 'Masih lambat.')])
    const [third] = await receiveMessages(ctx, [answer(old, 'Halo?')])
    expect(first).toMatchObject({ follows_id: old.id })
    expect(second).toMatchObject({ ticket_id: first!.ticket_id, number: first!.number, follows_id: null })
    expect(third).toMatchObject({ ticket_id: first!.ticket_id, follows_id: null })
    expect((await seeTicket(ctx, { id: old.id })).links).toHaveLength(1)
    const rows = await ctx.db.selectFrom('messages').select('text').where('ticket_id', '=', first!.ticket_id).execute()
    expect(rows).toHaveLength(3)

    await ctx.tx
      .updateTable('tickets')
      .set({ state: 'closed', state_since: ctx.now, waiting_since: null })
      .where('id', '=', first!.ticket_id)
      .execute()
    const months = await as(system, new Date(ctx.now.getTime() + 61 * DAY_MS))
    const [fourth] = await receiveMessages(months, [answer(old, 'Rusak lagi.')])
    expect(fourth!.follows_id).toBe(old.id)
    expect(fourth!.ticket_id).not.toBe(first!.ticket_id)
    const [fifth] = await receiveMessages(months, [{ ...answer(old), ticket_id: first!.ticket_id }])
    expect(fifth!.ticket_id).not.toBe(first!.ticket_id)
  }),
)

test(
  'a batch keeps its order: tickets of all states at once, each answer in its place',
  database.story(async ({ as }) => {
    const closed = await aClosedTicket(as)
    const ctx = await as(system, new Date(Date.now() + 100 * DAY_MS))
    const [first, second] = [await aTicket(ctx), await aTicket(ctx)]
    const received = await receiveMessages(ctx, [answer(second), answer(closed), answer(first), answer(second)])
    expect(received.map((one) => one.follows_id ?? one.ticket_id)).toEqual([second.id, closed.id, first.id, second.id])
  }),
)

test(
  'equal files are stored once, and hang on each of their messages',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const file = { name: 'layar.png', type: 'image/png', size: 9, sha256: 'b'.repeat(64) }
    const ticket = await aTicket(ctx, { attachments: [file] })
    await receiveMessages(ctx, [{ ...answer(ticket), attachments: [{ ...file, name: 'layar\0 (1).png' }] }])
    expect(await ctx.db.selectFrom('blobs').select('sha256').where('sha256', '=', file.sha256).execute()).toHaveLength(
      1,
    )
    const names = await ctx.db
      .selectFrom('attachments')
      .select('name')
      .where('ticket_id', '=', ticket.id)
      .orderBy('id')
      .execute()
    expect(names.map(({ name }) => name)).toEqual(['layar.png', 'layar (1).png'])
  }),
)
