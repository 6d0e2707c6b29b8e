import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { heldBy, seeTicket } from './index.ts'
import { rate } from './rate.ts'
import { resolve } from './resolve.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
const NIK = '3201010203900001'

test('a NIK is blotted out around the messages, too: resolution, rating, linked tickets, what is handed over', async () => {
  const app = database.app()
  const { ticket, agent } = await asSystem((ctx) => aTicketWithAgent(ctx, { subject: `NIK ${NIK}` }))
  const other = await asSystem((ctx) => aTicket(ctx, { desk: ticket.desk, subject: `KTP ${NIK}` }))
  await write(app, agent, (ctx) =>
    resolve(ctx, { ticket_id: ticket.id, problem: `salah NIK ${NIK}`, steps: `NIK ${NIK} dihapus` } as never),
  )
  await write(app, theRequester(ticket), (ctx) =>
    rate(ctx, { ticket_id: ticket.id, score: 4, words: `NIK saya ${NIK}` }),
  )
  await sql`insert into ticket_links (ticket_id, other_id, kind, made_by) values (${ticket.id}::uuid, ${other.id}::uuid, 'related', ${agent.person_id}::uuid)`.execute(
    app.worker,
  )
  await sql`update tickets set holder_person_id = ${agent.person_id}::uuid where id = ${ticket.id}::uuid`.execute(
    app.worker,
  )

  const seen = await write(app, agent, (ctx) => seeTicket(ctx, { id: ticket.id } as never))
  expect(seen.resolution?.problem).toContain('••01')
  expect(seen.rating?.words).toContain('••01')
  expect(seen.links).toHaveLength(1)
  expect(JSON.stringify(seen)).not.toContain(NIK)
  const secretary = await asSystem((ctx) => aStaff(ctx, { role: 'administrator' }))
  const held = await write(app, secretary, (ctx) => heldBy(ctx, agent.person_id))
  expect(held.total).toBe(1)
  expect(JSON.stringify(held)).not.toContain(NIK)
})
