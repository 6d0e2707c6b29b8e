import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { read, system, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll, writeFacts } from '../platform/journal.ts'
import { reactions, type FactKind } from '../platform/reactions.ts'
import { openSights } from '../platform/sights.ts'
import { useDatabase } from '../platform/testing.ts'
import { dictionaries } from '../platform/words.ts'
import { aStaff } from '../desks/testing.ts'
import { seeTicket } from '../tickets/index.ts'
import { aTicketWithAgent } from '../tickets/testing.ts'
import { listJournal, sentenceKeyOf, tellFact, topicOf, type JournalTopic } from './index.ts'

const database = useDatabase()
const kinds = Object.keys(reactions) as FactKind[]

test('every kind of fact has a sentence in both languages: no row of the journal is without words', () => {
  expect(kinds.length).toBeGreaterThan(70)
  const missing = (['id', 'en'] as const).flatMap((language) =>
    kinds
      .filter((kind) => !(sentenceKeyOf(kind) in dictionaries[language]))
      .map((kind) => `${language} ${sentenceKeyOf(kind)}`),
  )
  expect(missing).toEqual([])
})

test.each<[FactKind, JournalTopic]>([
  ['ticket.seen', 'reading'],
  ['journal.exported', 'reading'],
  ['access.refused', 'refusals'],
  ['account.sign_in_refused', 'refusals'],
  ['account.signed_in', 'sign_in'],
  ['token.created', 'sign_in'],
  ['ticket.triaged', 'changes'],
  ['data_request.refused', 'changes'],
])('%s is %s', (kind, topic) => expect(topicOf(kind)).toBe(topic))

test(
  'an administrator sees who did and saw what, newest first, by person, ticket, topic, day and address, page by page',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const at_work: StaffActor = { ...agent, from: { session_id: newId(), client: '10.1.2.3' } }
    const at = (minute: number) => new Date(Date.UTC(2031, 4, 6, 17, minute))
    await writeFacts(setting.tx, [
      { id: newId(), at: at(1), actor: at_work, kind: 'ticket.seen', ticket_id: ticket.id },
      { id: newId(), at: at(3), actor: at_work, kind: 'person.seen', about: { person_id: ticket.requester.id } },
      // The clock went back between the two: its time decides, not the order in which they were written.
      {
        id: newId(),
        at: at(2),
        actor: at_work,
        kind: 'ticket.triaged',
        ticket_id: ticket.id,
        about: { urgency: 'high' },
      },
      {
        id: newId(),
        at: at(4),
        actor: { ...at_work, from: { client: '10.9.9.9' } },
        kind: 'access.refused',
        about: { refusal: 'not_found' },
        details: { asked: ['100015'] },
      },
    ])
    const ctx = await as(administrator)
    const told = async (question: Parameters<typeof listJournal>[1]) =>
      (await listJournal(ctx, { from: '2031-05-07', to: '2031-05-07', ...question })).items.map((row) => row.kind)

    expect(await told({})).toEqual(['access.refused', 'person.seen', 'ticket.triaged', 'ticket.seen'])
    expect(await told({ topic: 'reading' })).toEqual(['person.seen', 'ticket.seen'])
    expect(await told({ ticket: ticket.number })).toEqual(['ticket.triaged', 'ticket.seen'])
    expect(await told({ person: agent.person_id })).toHaveLength(4)
    // The trail of one's data: who read it, and who changed it.
    expect(await told({ person: ticket.requester.id })).toEqual(['person.seen'])
    expect(await told({ client: '10.1.2.3' })).toEqual(['person.seen', 'ticket.triaged', 'ticket.seen'])
    expect(await told({ client: '10.9.9.9', person: agent.person_id })).toEqual(['access.refused'])
    // 17.00 UTC is the next day already in Jakarta.
    expect(await told({ zone: 'UTC' })).toEqual([])
    expect(await told({ from: '2031-05-06', to: '2031-05-06', zone: 'UTC' })).toHaveLength(4)

    const first = await listJournal(ctx, { from: '2031-05-07', limit: 3 })
    const second = await listJournal(ctx, { from: '2031-05-07', limit: 3, cursor: first.next! })
    expect([first.items.length, second.items.map((row) => row.kind), second.next]).toEqual([3, ['ticket.seen'], null])
    await expect(listJournal(ctx, { cursor: 'abc' })).rejects.toMatchObject({ key: 'cursor' })

    const [refused, seen] = first.items
    expect(refused!.words).toBe('100015')
    expect(seen).toMatchObject({
      actor: { name: agent.name },
      person: { name: ticket.requester.name },
      client: '10.1.2.3',
    })
    expect(tellFact('en', seen!)).toBe(`${agent.name} looked at what is known of ${ticket.requester.name}`)
    await sql`reset role`.execute(ctx.tx)
    await sql`delete from journal_details`.execute(ctx.tx)
    const erased = await listJournal(await as(administrator), { from: '2031-05-07' })
    expect(erased.items.map((row) => row.client)).toEqual([null, null, null, null])
  }),
)

test(
  'a coordinator sees it for a ticket of their desk, without addresses; for no other, and not the whole; an agent sees none',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const { ticket: foreign } = await aTicketWithAgent(setting)
    const coordinator = await aStaff(setting, { desk: ticket.desk, role: 'coordinator' })
    await recordAll({ ...setting, actor: { ...agent, from: { client: '10.1.2.3' } } }, [
      { kind: 'ticket.seen', ticket_id: ticket.id },
    ])
    const ctx = await as(coordinator)
    const { items } = await listJournal(ctx, { ticket: ticket.number, topic: 'reading' })
    expect(items).toMatchObject([{ kind: 'ticket.seen', actor: { name: agent.name }, client: null }])
    await expect(listJournal(ctx, { ticket: foreign.number })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(listJournal(ctx, {})).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(listJournal(ctx, { client: '10.1.2.3' })).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(listJournal(await as(agent), { ticket: ticket.number })).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)

test('each look says by what the reader was let in: the nearest reason counts', async () => {
  const app = database.app()
  app.sights = openSights(app)
  const asSystem = <T>(work: Parameters<typeof write<T>>[2]) => write(app, system, work)
  const { ticket, agent } = await asSystem((ctx) => aTicketWithAgent(ctx))
  const overseer = await asSystem((ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
  const guest = await asSystem(async (ctx) => {
    const one = await aStaff(ctx)
    await sql`insert into grants (id, person_id, ticket_id, reason) values (${newId()}::uuid, ${one.person_id}::uuid, ${ticket.id}::uuid, 'contoh')`.execute(
      ctx.tx,
    )
    return one
  })
  const readers: [StaffActor, string][] = [
    [agent, 'own_desk'],
    [{ ...agent, sees_all: true, from: { client: '10.0.0.1' } }, 'own_desk'],
    [overseer, 'whole_house'],
    [guest, 'granted'],
    [{ ...agent, from: { token_id: newId() } }, 'program'],
  ]
  for (const [reader] of readers) await read(app, reader, (ctx) => seeTicket(ctx, { id: ticket.id }))
  await app.sights.flush()
  const { items } = await read(app, overseer, (ctx) => listJournal(ctx, { ticket: ticket.number, topic: 'reading' }))
  expect(
    items
      .filter(({ kind }) => kind === 'ticket.seen')
      .map(({ why }) => why)
      .sort(),
  ).toEqual(readers.map(([, why]) => why).sort())
})
