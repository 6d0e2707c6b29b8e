import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { assign } from './assign.ts'
import { close } from './close.ts'
import { seeTicket } from './see-ticket.ts'
import { splitOff } from './split-off.ts'
import { aTicket, aTicketWithAgent } from './testing.ts'

const database = useDatabase()

test(
  'a part is a ticket of its own: linked, told to the requester once, and its new holder sees nothing of the whole',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting, { institution: 'Dinas Contoh', urgency: 'high' })
    const other = await aDesk(setting)
    const colleague = await aStaff(setting, { desk: other })
    const part = await splitOff(await as(agent), {
      ticket_id: ticket.id,
      text: 'Jaringan kabel di lantai dua.',
      topic_code: null,
    })

    const whole = await seeTicket(await as(agent), { id: ticket.id })
    expect(whole.links).toMatchObject([{ number: part.number, kind: 'part', direction: 'to' }])
    expect(await seeTicket(await as(agent), { id: part.id })).toMatchObject({
      requester: { id: ticket.requester.id },
      institution: 'Dinas Contoh',
      urgency: 'high',
      holder: { desk: { id: ticket.desk.id } },
      recording: { recorded_by: { id: agent.person_id } },
      links: [{ number: ticket.number, kind: 'part', direction: 'from' }],
    })
    expect(await facts(ticket.id)).toContain('ticket.part_opened')
    expect(await facts(part.id)).toEqual(expect.arrayContaining(['ticket.opened', 'ticket.linked', 'message.sent']))
    const told = await sql<{ text: string; about_id: string }>`select text, about_id from outbox
      where recipient_id = ${ticket.requester.id}::uuid`.execute((await as(system)).db)
    expect(told.rows).toHaveLength(1)
    expect(told.rows[0]).toMatchObject({ about_id: part.id, text: expect.stringContaining('Jaringan kabel') })

    await assign(await as(agent), { ticket_id: part.id, desk_id: other.id, person_id: null })
    const theirs = await as(colleague)
    expect((await seeTicket(theirs, { id: part.id })).links).toEqual([])
    await expect(seeTicket(theirs, { id: ticket.id })).rejects.toMatchObject({ kind: 'not_found' })
  }),
)

test(
  'a part has no parts, a closed ticket gets none, and a stranger splits nothing',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const elsewhere = await aStaff(setting, { desk: await aDesk(setting) })
    const part = await splitOff(await as(agent), { ticket_id: ticket.id, text: 'Bagian pertama.' })
    await expect(splitOff(await as(agent), { ticket_id: part.id, text: 'x' })).rejects.toMatchObject({
      key: 'ticket.part_of_part',
    })
    await expect(splitOff(await as(elsewhere), { ticket_id: ticket.id, text: 'x' })).rejects.toMatchObject({
      kind: 'not_found',
    })
    const closed = await aTicket(await as(system), { desk: ticket.desk })
    await close(await as(agent), { ticket_id: closed.id, reason: 'withdrawn' })
    await expect(splitOff(await as(agent), { ticket_id: closed.id, text: 'x' })).rejects.toMatchObject({
      kind: 'conflict',
    })
  }),
)
