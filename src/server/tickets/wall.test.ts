/** What the database itself lets through, whatever the pages ask. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, system, type Reading } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { aPerson } from '../people/testing.ts'
import { assign } from './assign.ts'
import { close } from './close.ts'
import { findAttachment } from './find-attachment.ts'
import { listMessages } from './list-messages.ts'
import { linkPossible } from './possible.ts'
import { reply } from './reply.ts'
import { seeTicket } from './see-ticket.ts'
import { aTicket, aTicketWithAgent, takesPart, theRequester } from './testing.ts'

const database = useDatabase()

/** How many rows of each guarded table somebody sees. */
async function rowsSeen(ctx: Reading): Promise<Record<string, number>> {
  const tables = [
    'tickets',
    'messages',
    'attachments',
    'participants',
    'outbox',
    'facts',
    'ticket_desks',
    'people',
    'contact_points',
  ]
  const { rows } = await sql<Record<string, number>>`select ${sql.join(
    tables.map((table) => sql`(select count(*)::int from ${sql.table(table)}) as ${sql.ref(table)}`),
  )}`.execute(ctx.db)
  return rows[0]!
}

test(
  'nobody sees anything, and a link shows its one ticket, although the same person has two',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const file = { name: 'a.txt', type: 'text/plain', size: 1, sha256: 'd'.repeat(64) }
    const { ticket, agent } = await aTicketWithAgent(setting, { attachments: [file] })
    await aTicket(setting, { desk: ticket.desk, requester: ticket.requester, attachments: [file] })
    await reply(await as(agent), { ticket_id: ticket.id, text: 'Jawaban', at_once: true })

    const none = {
      tickets: 0,
      messages: 0,
      attachments: 0,
      participants: 0,
      outbox: 0,
      facts: 0,
      ticket_desks: 0,
      people: 0,
      contact_points: 0,
    }
    expect(await rowsSeen(await as(everybody))).toEqual(none)
    expect(await rowsSeen(await as(theRequester(ticket)))).toEqual({
      ...none,
      tickets: 1,
      messages: 2,
      attachments: 1,
      participants: 1,
      facts: 2,
      people: 1,
      contact_points: 1,
    })
    expect(await rowsSeen(await as(agent))).toMatchObject({ tickets: 2, messages: 3, outbox: 1 })
    const stranger = await aStaff(await as(system))
    expect(await rowsSeen(await as(stranger))).toMatchObject({
      tickets: 0,
      messages: 0,
      attachments: 0,
      outbox: 0,
      facts: 0,
    })
  }),
)

test(
  'a requester learns neither who works at the desk nor what else their request touches',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket: strangers, agent } = await aTicketWithAgent(setting)
    const ticket = await aTicket(setting, { desk: strangers.desk, possible_ticket_id: strangers.id })
    const participant = await aPerson(setting)
    await takesPart(setting, { ticket_id: ticket.id, person_id: participant.id, part: 'participant' })
    const desk = await as(agent)
    await assign(desk, { ticket_id: ticket.id, desk_id: ticket.desk.id, person_id: agent.person_id })
    await linkPossible(desk, { ticket_id: ticket.id })
    await close(desk, { ticket_id: ticket.id, reason: 'duplicate', duplicate_of: strangers.number })

    const seen = await seeTicket(await as(theRequester(ticket)), { id: ticket.id })
    expect(seen).toMatchObject({
      requester: { name: ticket.requester.name },
      holder: { desk: { name: ticket.desk.name }, agent: null },
      possible_ticket: null,
      links: [],
      closure: { reason: 'duplicate', duplicate_of: null, closed_by: null },
      contacts: [{ channel: 'email', address: ticket.requester.email, verified: false }],
      participants: [{ name: '' }],
    })
    const text = JSON.stringify(seen) + JSON.stringify(await listMessages(await as(theRequester(ticket)), ticket.id))
    for (const secret of [strangers.number, agent.name, participant.name, participant.email!])
      expect(text).not.toContain(secret)
  }),
)

test(
  'a file is given to whoever sees its message, and to nobody else',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting, {
      attachments: [{ name: 'a.txt', type: 'text/plain', size: 1, sha256: 'e'.repeat(64) }],
    })
    const other = await aTicket(setting)
    const [message] = await listMessages(await as(agent), ticket.id)
    const question = { ticket_id: ticket.id, id: message!.attachments[0]!.id }
    expect(await findAttachment(await as(theRequester(ticket)), question)).toMatchObject({
      name: 'a.txt',
      sha256: 'e'.repeat(64),
    })
    for (const actor of [theRequester(other), everybody])
      await expect(findAttachment(await as(actor), question)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(findAttachment(await as(agent), { ...question, ticket_id: other.id })).rejects.toMatchObject({
      kind: 'not_found',
    })
  }),
)

test(
  'a ticket wanders between desks and back; each that held it sees it, and only the holder works it',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const other = await aDesk(setting)
    const colleague = await aStaff(setting, { desk: other })
    await assign(await as(agent), { ticket_id: ticket.id, desk_id: other.id })
    await assign(await as(colleague), { ticket_id: ticket.id, desk_id: ticket.desk.id })
    expect(await seeTicket(await as(colleague), { id: ticket.id })).toMatchObject({
      holder: { desk: { id: ticket.desk.id } },
    })
    await expect(reply(await as(colleague), { ticket_id: ticket.id, text: 'x' })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    await reply(await as(agent), { ticket_id: ticket.id, text: 'Kami lanjutkan.' })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'ticket.handed', 'ticket.handed', 'message.sent'])
  }),
)

test(
  'a requester cannot write as the desk, nor into another ticket',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const [ticket, other] = [await aTicket(setting), await aTicket(setting)]
    for (const [ticket_id, direction] of [
      [ticket.id, 'out'],
      [ticket.id, 'note'],
      [other.id, 'in'],
    ] as const) {
      const ctx = await as(theRequester(ticket))
      await sql`savepoint before`.execute(ctx.tx)
      await expect(
        sql`insert into messages (ticket_id, id, direction, channel, text)
          values (${ticket_id}::uuid, gen_random_uuid(), ${direction}::text, 'web', 'x')`.execute(ctx.tx),
      ).rejects.toThrow(/row-level security/)
      await sql`rollback to savepoint before`.execute(ctx.tx)
    }
    const ctx = await as(theRequester(ticket))
    const changed = await ctx.tx
      .updateTable('tickets')
      .set({ urgency: 'emergency' })
      .where('id', '=', other.id)
      .executeTakeFirst()
    expect(Number(changed.numUpdatedRows)).toBe(0)
  }),
)
