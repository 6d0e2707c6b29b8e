import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type StaffActor, type Writing } from '../platform/context.ts'
import { reactions } from '../platform/reactions.ts'
import { useDatabase } from '../platform/testing.ts'
import { aStaff } from '../desks/testing.ts'
import { aPerson } from '../people/testing.ts'
import { countViews, listTickets } from './list-tickets.ts'
import { giveAccess, listReaders, takeAccess } from './give-access.ts'
import { note } from './note.ts'
import { reply } from './reply.ts'
import { seeTicket } from './see-ticket.ts'
import { triage } from './triage.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'

const database = useDatabase()

/** Somebody with an account and nothing else. */
async function aProvider(ctx: Writing): Promise<StaffActor> {
  const { id, name } = await aPerson(ctx, { name: 'Pendamping Contoh' })
  await sql`insert into accounts (person_id, auth_user_id) values (${id}::uuid, gen_random_uuid())`.execute(ctx.tx)
  return { kind: 'staff', person_id: id, name, language: 'id', roles: [], desks: [], sees_all: false }
}

test(
  'whoever was given a ticket reads, answers and notes it, decides nothing, and sees no other; taken back, it is gone',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    await aTicket(setting, { desk: ticket.desk })
    const provider = await aProvider(setting)
    const input = { ticket_id: ticket.id, person_id: provider.person_id, reason: 'Ahli pencetak', days: null }
    await giveAccess(await as(agent), input)
    await expect(giveAccess(await as(agent), input)).rejects.toMatchObject({ key: 'grant.given_already' })

    const ctx = await as(provider)
    expect((await listTickets(ctx)).items.map(({ id }) => id)).toEqual([ticket.id])
    expect((await countViews(ctx)).find(({ view }) => view === 'all')).toMatchObject({ count: 1 })
    await note(ctx, { ticket_id: ticket.id, text: 'Kami periksa.' })
    await reply(ctx, { ticket_id: ticket.id, text: 'Pasang driver.' })
    await expect(triage(ctx, { ticket_id: ticket.id, urgency: 'high' })).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(giveAccess(ctx, input)).rejects.toMatchObject({ kind: 'forbidden' })

    const readers = await listReaders(await as(agent), ticket.id)
    expect(readers).toMatchObject({
      desks: [{ id: ticket.desk.id, holds: true }],
      grants: [{ person: { name: provider.name }, reason: 'Ahli pencetak', until: null }],
    })
    expect((await listReaders(await as(theRequester(ticket)), ticket.id)).grants).toEqual([])
    const taken = { ticket_id: ticket.id, grant_id: readers.grants[0]!.id }
    await takeAccess(await as(agent), taken)
    await expect(takeAccess(await as(agent), taken)).rejects.toMatchObject({ key: 'grant.gone' })
    await expect(seeTicket(await as(provider), { id: ticket.id })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await facts(ticket.id)).toEqual(expect.arrayContaining(['grant.given', 'grant.revoked']))
    expect([reactions['grant.given'], reactions['grant.revoked']]).toEqual([['tickets.index'], ['tickets.index']])
  }),
)

test(
  'it ends by its day, and a desk that only held the ticket gives it to nobody',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const provider = await aProvider(setting)
    await giveAccess(await as(agent), { ticket_id: ticket.id, person_id: provider.person_id, reason: 'x', days: 3 })
    expect(await seeTicket(await as(provider), { id: ticket.id })).toMatchObject({ granted: true })
    await sql`update grants set granted_at = now() - interval '9 days', until = now() - interval '1 second'`.execute(
      (await as(system)).tx,
    )
    await expect(seeTicket(await as(provider), { id: ticket.id })).rejects.toMatchObject({ kind: 'not_found' })

    const stranger = await aStaff(await as(system))
    const input = { ticket_id: ticket.id, person_id: provider.person_id, reason: 'x', days: 3 }
    await expect(giveAccess(await as(stranger), input)).rejects.toMatchObject({ kind: 'not_found' })
    const nobody = await aPerson(await as(system))
    await expect(giveAccess(await as(agent), { ...input, person_id: nobody.id })).rejects.toMatchObject({
      faults: [{ path: 'person_id', key: 'fault.no_account' }],
    })
  }),
)
