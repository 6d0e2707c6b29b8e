import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { openSights } from '../platform/sights.ts'
import { useDatabase } from '../platform/testing.ts'
import { heldBy, listMessages, seeTicket, showNumbers } from './index.ts'
import { note } from './note.ts'
import { rate } from './rate.ts'
import { resolve } from './resolve.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
const NIK = '3201010203900001'

test('a NIK is blotted out around the messages, too: resolution, rating, linked tickets, what is handed over', async () => {
  const app = database.app()
  app.sights = openSights(app)
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
  expect(seen.masked).toEqual({ resolution: true, rating: true })
  const shown = await write(app, agent, async (ctx) =>
    showNumbers(ctx, await showNumbers(ctx, seen, 'rating'), 'resolution'),
  )
  expect(shown).toMatchObject({
    masked: { resolution: false, rating: false },
    rating: { words: `NIK saya ${NIK}` },
    resolution: { problem: `salah NIK ${NIK}`, cause: null, steps: `NIK ${NIK} dihapus` },
  })
  expect(shown.subject, 'and nothing else').not.toContain(NIK)
  await app.sights.flush()
  const { rows: looks } = await sql<{ part: string }>`select about ->> 'part' as part from facts where kind = 'nik.seen'
    and ticket_id = ${ticket.id}::uuid order by 1`.execute(app.worker)
  expect(
    looks.map(({ part }) => part),
    'written down like every other',
  ).toEqual(['rating', 'resolution'])
  const secretary = await asSystem((ctx) => aStaff(ctx, { role: 'administrator' }))
  const held = await write(app, secretary, (ctx) => heldBy(ctx, agent.person_id))
  expect(held.total).toBe(1)
  expect(JSON.stringify(held)).not.toContain(NIK)
})

test('a NIK in the name of a file is blotted out in the conversation, and shown with the message’s own', async () => {
  const app = database.app()
  const { ticket, agent } = await asSystem((ctx) => aTicketWithAgent(ctx))
  const file = { name: `KTP_${NIK}.jpg`, type: 'image/jpeg', ...(await app.files.keep(Buffer.from('contoh'))) }
  await write(app, agent, (ctx) => note(ctx, { ticket_id: ticket.id, text: 'terlampir', attachments: [file] } as never))
  const named = async (unmask?: string) =>
    (await write(app, agent, (ctx) => listMessages(ctx, ticket.id, { unmask }))).find(
      ({ attachments }) => attachments.length > 0,
    )!
  const hidden = await named()
  expect([hidden.attachments[0]!.name, hidden.masked]).toEqual(['KTP_••••••••••••••01.jpg', true])
  const shown = await named(hidden.id)
  expect([shown.attachments[0]!.name, shown.masked]).toEqual([file.name, false])
})
