import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { listPeople, restrictPerson, unrestrictPerson } from '../people/index.ts'
import { listJournal } from '../reports/index.ts'
import { listTickets, seeTicket } from '../tickets/index.ts'
import { aTicket } from '../tickets/testing.ts'

const database = useDatabase()

test(
  'somebody restricted is not named in lists of people, to programs and in what is exported; whoever decides, and works on their request, sees them',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const desk = await aDesk(setting)
    const agent = await aStaff(setting, { desk })
    const administrator = await aStaff(setting, { role: 'administrator', sees_all: true })
    const { id: ticket_id, requester } = await aTicket(setting, { desk })
    const program: StaffActor = { ...agent, from: { token_id: newId() } }
    const named = async (actor: StaffActor) => {
      const ctx = await as(actor)
      const { items } = await listPeople(ctx, { query: requester.email! })
      return items.map(({ id, name, contact_points }) => [id, name, contact_points.length])
    }
    const asked = async (actor: StaffActor) => {
      const ctx = await as(actor)
      return [
        (await listTickets(ctx)).items[0]!.requester.name,
        (await seeTicket(ctx, { id: ticket_id })).requester.name,
      ]
    }
    expect(await named(agent)).toEqual([[requester.id, requester.name, 1]])
    expect(await asked(program)).toEqual([requester.name, requester.name])

    await restrictPerson(await as(administrator), { person_id: requester.id, reason: 'keberatan contoh' })

    expect(await named(agent), 'there is somebody, and no more').toEqual([[requester.id, '', 0]])
    expect(await named(administrator)).toEqual([[requester.id, requester.name, 1]])
    expect(await asked(program)).toEqual(['', ''])
    expect(await asked(agent), 'who works on the request answers them by name').toEqual([
      requester.name,
      requester.name,
    ])
    const { items } = await listJournal(await as(administrator), { person: requester.id })
    expect(items.find(({ kind }) => kind === 'person.restricted')).toMatchObject({
      person: { id: requester.id, restricted: true },
      actor: { id: administrator.person_id, restricted: false },
    })

    await unrestrictPerson(await as(administrator), { person_id: requester.id, reason: 'selesai' })
    expect(await named(agent)).toEqual([[requester.id, requester.name, 1]])
    const { rows } = await sql<{
      kind: string
    }>`select kind from facts where about ->> 'person_id' = ${requester.id} and kind like 'person.%restricted' order by id`.execute(
      (await as(system)).db,
    )
    expect(rows.map(({ kind }) => kind)).toEqual(['person.restricted', 'person.unrestricted'])
  }),
)
