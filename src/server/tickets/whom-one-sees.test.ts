/** Whom an agent sees and changes, and which of somebody's addresses a ticket knows. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { addContactPoints, changePerson, listPeople, recordConsents, seePerson } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { addAddress } from './add-address.ts'
import { assign } from './assign.ts'
import { chooseAddress } from './choose-address.ts'
import { listHistory } from './list-history.ts'
import { listMessages } from './list-messages.ts'
import { listTickets } from './list-tickets.ts'
import { recordTicket } from './record-ticket.ts'
import { reply } from './reply.ts'
import { seeTicket } from './see-ticket.ts'
import { aTicket, aTicketWithAgent, takesPart } from './testing.ts'

const database = useDatabase()

/** What must fail in PostgreSQL itself, without spoiling the story's transaction. */
async function refusedByDatabase(ctx: Writing, statement: ReturnType<typeof sql>): Promise<void> {
  await sql`savepoint before`.execute(ctx.tx)
  await expect(statement.execute(ctx.tx)).rejects.toThrow(/row-level security|permission denied/)
  await sql`rollback to savepoint before`.execute(ctx.tx)
}
const recipientsOf = async (ctx: Writing, ticket_id: string) =>
  (await ctx.tx.selectFrom('outbox').select('recipient').where('about_id', '=', ticket_id).orderBy('id').execute()).map(
    ({ recipient }) => recipient,
  )
const pointsOf = (ctx: Writing, person_id: string) =>
  ctx.tx
    .selectFrom('contact_points')
    .select(['id', 'channel', 'normalised'])
    .where('person_id', '=', person_id)
    .orderBy('id')
    .execute()

test(
  'an agent of another desk reads and writes nothing of a person, by the commands or past them',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const ticket = await aTicket(setting)
    const siti = ticket.requester
    await recordConsents(setting, [{ person_id: siti.id, purpose: 'request', text_version: 1, channel: 'web' }])
    const stranger = await aStaff(setting)
    const ctx = await as(stranger)

    expect((await listPeople(ctx)).items.map(({ id }) => id)).toEqual([stranger.person_id])
    for (const query of [siti.name, siti.email!]) expect((await listPeople(ctx, { query })).items).toEqual([])
    const not_found = { kind: 'not_found' }
    await expect(seePerson(ctx, siti.id)).rejects.toMatchObject(not_found)
    await expect(changePerson(ctx, { person_id: siti.id, name: 'Lain' })).rejects.toMatchObject(not_found)
    const address = { person_id: siti.id, channel: 'email', address: 'agen@contoh.id' } as const
    await expect(addAddress(ctx, address)).rejects.toMatchObject(not_found)
    await expect(
      chooseAddress(ctx, { ticket_id: ticket.id, person_id: siti.id, contact_point_id: newId() }),
    ).rejects.toMatchObject(not_found)

    for (const table of ['contact_points', 'consents'])
      expect(
        (await sql`select from ${sql.table(table)} where person_id <> ${stranger.person_id}::uuid`.execute(ctx.tx))
          .rows,
      ).toEqual([])
    for (const statement of [
      sql`update people set name = 'Lain' where id = ${siti.id}::uuid`,
      sql`update consents set withdrawn_at = now()`,
      sql`update participants set contact_point_id = null`,
    ])
      expect((await statement.execute(ctx.tx)).numAffectedRows).toBe(0n)
    for (const statement of [
      sql`update contact_points set address = 'agen@contoh.id', normalised = 'agen@contoh.id' where person_id = ${siti.id}::uuid`,
      sql`update contact_points set verified_at = now() where person_id = ${siti.id}::uuid`,
    ])
      await refusedByDatabase(ctx, statement)
    await refusedByDatabase(
      ctx,
      sql`insert into contact_points (id, person_id, channel, address, normalised)
        values (${newId()}::uuid, ${siti.id}::uuid, 'email', 'agen@contoh.id', 'agen@contoh.id')`,
    )
    await refusedByDatabase(
      ctx,
      sql`insert into consents (id, person_id, purpose, text_version, channel, given_at)
        values (${newId()}::uuid, ${siti.id}::uuid, 'request', 1, 'web', now())`,
    )
    await refusedByDatabase(
      ctx,
      sql`insert into participants (ticket_id, person_id, part) values (${ticket.id}::uuid, ${stranger.person_id}::uuid, 'participant')`,
    )
    expect(await facts()).not.toContain('person.seen')
    expect(await pointsOf(await as(system), siti.id)).toHaveLength(1)
  }),
)

test(
  'who stands on a seen ticket is seen and corrected; a ticket that goes to another desk shows its people there; the secretariat sees all',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const participant = await aPerson(setting)
    await takesPart(setting, { ticket_id: ticket.id, person_id: participant.id, part: 'participant' })
    const other = await aStaff(setting)
    const secretary = await aStaff(setting, { sees_all: true })
    const loner = await aPerson(setting)

    const desk = await as(agent)
    for (const { id, email } of [ticket.requester, participant]) {
      expect((await seePerson(desk, id)).contact_points).toMatchObject([{ address: email }])
      await changePerson(desk, { person_id: id, language: 'en' })
    }
    expect((await listPeople(desk, { query: ticket.requester.email! })).items).toHaveLength(1)
    await expect(seePerson(desk, loner.id)).rejects.toMatchObject({ kind: 'not_found' })

    await assign(desk, { ticket_id: ticket.id, desk_id: other.desks[0]!.id })
    expect((await seePerson(await as(other), participant.id)).language).toBe('en')
    expect((await seePerson(await as(secretary), loner.id)).contact_points).toHaveLength(1)
  }),
)

test(
  'of a colleague the name is seen, not the addresses, and nothing is changed',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const colleague = await aStaff(setting)
    const ctx = await as(await aStaff(setting))
    expect(await seePerson(ctx, colleague.person_id)).toMatchObject({ name: colleague.name, contact_points: [] })
    expect(await pointsOf(ctx, colleague.person_id)).toEqual([])
    const not_found = { kind: 'not_found' }
    await expect(changePerson(ctx, { person_id: colleague.person_id, name: 'Lain' })).rejects.toMatchObject(not_found)
    await expect(
      addAddress(ctx, { person_id: colleague.person_id, channel: 'email', address: 'agen@contoh.id' }),
    ).rejects.toMatchObject(not_found)
    await refusedByDatabase(
      ctx,
      sql`insert into contact_points (id, person_id, channel, address, normalised)
        values (${newId()}::uuid, ${colleague.person_id}::uuid, 'email', 'agen@contoh.id', 'agen@contoh.id')`,
    )
  }),
)

test(
  'lists, the ticket, its conversation and its history go on naming people, colleagues of other desks too',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const other = await aDesk(setting)
    const colleague = await aStaff(setting, { desk: other })
    await reply(await as(agent), { ticket_id: ticket.id, text: 'Jawaban', at_once: true })
    await assign(await as(agent), { ticket_id: ticket.id, desk_id: other.id, person_id: colleague.person_id })
    for (const reader of [agent, colleague]) {
      const ctx = await as(reader)
      const names = { requester: { name: ticket.requester.name }, holder: { agent: { name: colleague.name } } }
      expect((await listTickets(ctx)).items).toMatchObject([names])
      expect((await listTickets(ctx, { query: ticket.number })).items).toMatchObject([names])
      expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject(names)
      const messages = await listMessages(ctx, ticket.id)
      expect(messages.map(({ author }) => author?.name)).toEqual([ticket.requester.name, agent.name])
      expect(await listHistory(ctx, ticket.id)).toContainEqual(
        expect.objectContaining({ kind: 'ticket.handed', actor: { kind: 'staff', name: agent.name } }),
      )
    }
  }),
)

test(
  'somebody whom the agent does not see is written down as a new person with the same address; the old ticket stays apart',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket: strangers, agent: first } = await aTicketWithAgent(setting)
    const siti = strangers.requester
    const agent = await aStaff(setting)
    const recorded = await recordTicket(await as(agent), {
      text: 'Ibu Siti menelepon.',
      channel: 'phone',
      requester: { name: siti.name, channel: 'email', address: siti.email! },
    })
    const ctx = await as(agent)
    const seen = await seeTicket(ctx, { id: recorded.id })
    expect(seen.requester_id).not.toBe(siti.id)
    expect(seen.contacts).toMatchObject([{ channel: 'email', address: siti.email }])
    // Seen on a ticket, the same name and address is the same person.
    const again = await recordTicket(ctx, {
      text: 'Ibu Siti menelepon lagi.',
      channel: 'phone',
      requester: { name: siti.name, channel: 'email', address: siti.email! },
    })
    expect((await seeTicket(ctx, { id: again.id })).requester_id).toBe(seen.requester_id)
    await reply(ctx, { ticket_id: recorded.id, text: 'Sudah kami periksa.' })
    expect(await recipientsOf(ctx, recorded.id)).toEqual([siti.email])
    expect((await listTickets(await as(first))).items.map(({ id }) => id)).toEqual([strangers.id])
  }),
)

test(
  'a telephone number beside the mail address is written down too; answers go by mail',
  database.story(async ({ as }) => {
    const agent = await aStaff(await as(system))
    const ctx = await as(agent)
    const requester = { name: 'Rini Contoh', channel: 'email', address: 'rini@contoh.example' } as const
    const { id } = await recordTicket(ctx, {
      text: 'Printer mati.',
      channel: 'phone',
      requester: { ...requester, phone: '0812-3456-7890' },
    })
    const { contacts } = await seeTicket(ctx, { id })
    expect(contacts.map(({ address }) => address).sort()).toEqual(['+6281234567890', 'rini@contoh.example'])
    await reply(ctx, { ticket_id: id, text: 'Kami periksa.' })
    expect(await recipientsOf(ctx, id)).toEqual(['rini@contoh.example'])
    await expect(
      recordTicket(ctx, { text: 'x', channel: 'phone', requester: { ...requester, phone: 'tidak ada' } }),
    ).rejects.toMatchObject({ kind: 'invalid', faults: [{ path: 'requester.phone', key: 'fault.phone' }] })
  }),
)

test(
  'an address that is added later gets no mail of the tickets before it, and the addresses so far are told',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const siti = ticket.requester
    const ctx = await as(agent)
    const added = { person_id: siti.id, channel: 'email', address: 'agen@contoh.id' } as const
    await addAddress(ctx, added)
    await addAddress(ctx, added)
    await reply(ctx, { ticket_id: ticket.id, text: 'Jawaban' })
    expect(await recipientsOf(ctx, ticket.id)).toEqual([siti.email])

    const notices = await (
      await as(system)
    ).tx
      .selectFrom('outbox')
      .select(['recipient', 'text'])
      .where('kind', '=', 'notice')
      .execute()
    expect(notices).toMatchObject([{ recipient: siti.email, text: expect.stringContaining('agen@contoh.id') }])
    expect((await facts()).filter((kind) => kind === 'person.address_added')).toHaveLength(1)
    await expect(addAddress(await as(agent), { ...added, address: 'bukan' })).rejects.toMatchObject({ kind: 'invalid' })
  }),
)

test(
  'who works a ticket chooses another address of its requester for it alone; nobody else, and no address of another person',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const siti = ticket.requester
    const other = await aTicket(setting, { desk: ticket.desk, requester: siti })
    const [added] = await addContactPoints(setting, [
      { person_id: siti.id, channel: 'email', address: 'baru@contoh.id' },
    ])
    const [strangers] = await pointsOf(setting, (await aPerson(setting)).id)
    const ctx = await as(agent)
    const choice = { ticket_id: ticket.id, person_id: siti.id, contact_point_id: added!.id }
    await expect(chooseAddress(ctx, { ...choice, contact_point_id: strangers!.id })).rejects.toMatchObject({
      kind: 'not_found',
    })
    await chooseAddress(ctx, choice)
    await reply(ctx, { ticket_id: ticket.id, text: 'Jawaban' })
    await reply(ctx, { ticket_id: other.id, text: 'Jawaban' })
    expect(await recipientsOf(ctx, ticket.id)).toEqual(['baru@contoh.id'])
    expect(await recipientsOf(ctx, other.id)).toEqual([siti.email])
    expect(await facts(ticket.id)).toContain('ticket.address_chosen')
  }),
)
