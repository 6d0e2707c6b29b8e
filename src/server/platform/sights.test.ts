import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { everybody, read, type Actor, type StaffActor } from './context.ts'
import { newId } from './ids.ts'
import { relayOnce } from './relay.ts'
import { noteRefused, openSights, REFUSED_AN_HOUR_MAX, seen } from './sights.ts'
import { useDatabase } from './testing.ts'
import { verifyJournal } from './verify-journal.ts'

const database = useDatabase()
beforeEach(() => {
  database.app().sights = openSights(database.app())
})

const agent = (from: StaffActor['from']): StaffActor => ({
  kind: 'staff',
  person_id: newId(),
  name: 'Petugas Contoh',
  language: 'id',
  roles: [],
  desks: [],
  sees_all: false,
  from: from ?? {},
})

const look = (actor: Actor, ticket_id: string) =>
  read(database.app(), actor, (ctx) => Promise.resolve(seen(ctx, 'ticket.seen', { ticket_id })))

const factsOf = async (actor: StaffActor) => {
  const { rows } = await sql<{ kind: string; ticket_id: string | null; about: unknown; details: unknown }>`
    select f.kind, f.ticket_id, f.about, d.details from facts f left join journal_details d on d.fact_id = f.id
    where f.actor_id = ${actor.person_id}::uuid order by f.id`.execute(database.app().worker)
  return rows
}

test('a look is written after the answer, with session and address; the same one again within minutes is one row', async () => {
  const { sights } = database.app()
  const session_id = newId()
  const at_work = agent({ session_id, client: '10.0.0.7' })
  const at_home: StaffActor = { ...at_work, from: { session_id, client: '192.0.2.9' } }
  const [one, other] = [newId(), newId()]
  await look(at_work, one)
  await look(at_work, one)
  await sights.flush()
  await look(at_work, one)
  await look(at_work, other)
  await look(at_home, one)
  // What is everybody's to read, and one's own request, is no look at somebody's data.
  await look(everybody, one)
  await look({ kind: 'requester', person_id: at_work.person_id, ticket_id: one }, one)
  await sights.flush()
  const row = (ticket_id: string, client: string) => ({
    kind: 'ticket.seen',
    ticket_id,
    about: { session_id },
    details: { client, why: 'own_desk' },
  })
  expect(await factsOf(at_work)).toEqual([row(one, '10.0.0.7'), row(other, '10.0.0.7'), row(one, '192.0.2.9')])
  while ((await relayOnce(database.app())) > 0);
  expect(await verifyJournal(database.app())).toMatchObject({ seen: { facts: 3 }, faults: [] })
})

test('what cannot be written yet is kept; when too much waits, nothing more is shown; a stop writes the rest', async () => {
  const app = database.app()
  const actor = agent({ client: '10.0.0.8' })
  let away = true
  const web = new Proxy(app.web, {
    get: (target, name) => {
      if (name === 'getExecutor' && away) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const sights = openSights({ ...app, web })
  app.sights = sights
  await look(actor, newId())
  await expect(sights.flush()).rejects.toThrow('away')
  await expect(
    read(app, actor, async (ctx) => {
      for (let n = 0; n < 5_000; n++) seen(ctx, 'ticket.seen', { ticket_id: newId() })
    }),
  ).rejects.toMatchObject({ kind: 'unavailable' })
  expect(await factsOf(actor)).toEqual([])
  away = false
  await sights.stop()
  expect(await factsOf(actor)).toHaveLength(5_000)
})

test('whoever asks for what they do not see leaves a trace; a flood of it is cut', async () => {
  const app = database.app()
  const actor = agent({ client: '10.0.0.9' })
  const asked = newId()
  const ask = (id: string) =>
    noteRefused(app, actor, { route: '/(desk)/desk/people/[id]', kind: 'not_found', asked: [id] })
  ask(asked)
  ask(asked)
  for (let n = 0; n < 2 * REFUSED_AN_HOUR_MAX; n++) ask(newId())
  await app.sights.flush()
  const facts = await factsOf(actor)
  expect(facts).toHaveLength(REFUSED_AN_HOUR_MAX)
  expect(facts[0]).toEqual({
    kind: 'access.refused',
    ticket_id: null,
    about: { route: '/(desk)/desk/people/[id]', refusal: 'not_found' },
    details: { client: '10.0.0.9', asked: [asked] },
  })
})
