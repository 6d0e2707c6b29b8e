import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aPerson } from '../people/testing.ts'
import { system, type StaffActor, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { addAddress } from './add-address.ts'
import { reply } from './reply.ts'
import { aTicket, aTicketWithAgent } from './testing.ts'

const database = useDatabase()

/** Somebody who called: known by a telephone number alone. */
const aCaller = (ctx: Writing) => aPerson(ctx, { name: 'Sari Contoh', email: null, phone: '+6281234567890' })
const recipientsOf = async (ctx: Writing, ticket_id: string) =>
  (
    await sql<{
      recipient: string
    }>`select recipient from outbox where about_id = ${ticket_id}::uuid order by id`.execute(ctx.tx)
  ).rows.map(({ recipient }) => recipient)

test(
  'who called and later gives a mail address gets the answers there, on the tickets of the desk that wrote it down and on no other',
  database.story(async ({ as, facts }) => {
    const scene = await as(system)
    const requester = await aCaller(scene)
    const { ticket, agent } = await aTicketWithAgent(scene, { requester, channel: 'phone' })
    const elsewhere = await aTicket(scene, { requester, channel: 'phone' })
    const answer = async (actor: StaffActor, ticket_id: string) =>
      reply(await as(actor), { ticket_id, text: 'Coba nyalakan ulang.' })
    const by_sms = '+6281234567890'
    await answer(agent, ticket.id)
    expect(await recipientsOf(await as(system), ticket.id)).toEqual([by_sms])

    await addAddress(await as(agent), { person_id: requester.id, channel: 'email', address: 'sari@contoh.id' })
    await answer(agent, ticket.id)
    expect(await recipientsOf(await as(system), ticket.id)).toEqual([by_sms, 'sari@contoh.id'])
    expect(await facts(ticket.id)).toContain('ticket.address_chosen')
    const secretary: StaffActor = { ...agent, sees_all: true }
    await answer(secretary, elsewhere.id)
    expect(await recipientsOf(await as(system), elsewhere.id)).toEqual([by_sms])

    // A second address takes nothing over.
    await addAddress(await as(agent), { person_id: requester.id, channel: 'email', address: 'lain@contoh.id' })
    await answer(agent, ticket.id)
    expect((await recipientsOf(await as(system), ticket.id)).slice(2)).toEqual(['sari@contoh.id'])
  }),
)
