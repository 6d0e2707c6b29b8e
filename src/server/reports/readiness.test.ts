import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { newId, newIdAt } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { takeLease } from '../platform/leases.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { ask } from '../intake/index.ts'
import { relayOnce } from '../platform/relay.ts'
import { addQueueMetrics, seeReadiness } from './index.ts'

const database = useDatabase()
const app = () => database.app()
const living = { alive: () => true }
const local = { relay: living, worker: living, intake: living }

beforeAll(() => prepare(app()))
beforeEach(async () => {
  while ((await relayOnce(app())) > 0);
  await sql`delete from leases`.execute(app().worker)
})

test('ready when the database answers, the schema is there, and every part lives', async () => {
  expect(await seeReadiness(app(), local)).toEqual({
    ready: true,
    parts: { database: 'ok', migrations: 'ok', relay: 'ok', worker: 'ok', intake: 'ok' },
  })
})

test('a part that stands still is named, and so is a database that is away', async () => {
  const { ready, parts } = await seeReadiness(app(), { ...local, intake: { alive: () => false } })
  expect([ready, parts.intake, parts.relay]).toEqual([false, 'stands still in this process', 'ok'])
  const away = await seeReadiness({ ...app(), available: () => false }, local)
  expect([away.ready, away.parts.database]).toEqual([false, 'away'])
})

test('a process of pages alone asks for the beats of others', async () => {
  expect((await seeReadiness(app(), {})).parts.worker).toContain('runs nowhere')
  for (const part of ['relay', 'worker', 'intake']) await takeLease(app(), `beat ${part} contoh`, newId(), 45)
  expect((await seeReadiness(app(), {})).ready).toBe(true)
  await sql`update leases set until = now() - interval '1 second' where name like 'beat worker %'`.execute(app().worker)
  expect((await seeReadiness(app(), {})).parts).toMatchObject({
    worker: expect.stringContaining('runs nowhere'),
    relay: 'ok',
  })
})

test('facts that nobody seals are a fault of the relay; fresh ones are not', async () => {
  await write(app(), system, (ctx) => record(ctx, 'page.saved'))
  expect((await seeReadiness(app(), local)).ready).toBe(true)
  const old = newIdAt(new Date(Date.now() - 60_000))
  await sql`insert into journal_pending (fact_id) values (${old}::uuid)`.execute(app().worker)
  expect((await seeReadiness(app(), local)).parts.relay).toMatch(/^a fact has waited for (5|6)\d s$/)
  await sql`delete from journal_pending where fact_id = ${old}::uuid`.execute(app().worker)
})

test('the figures say what waits and what became of what came in', async () => {
  await ask(app(), {
    form_id: newId(),
    text: 'Pencetak kami berhenti.',
    name: 'Sari Contoh',
    email: 'sari@contoh.example',
    phone: null,
    privacy_version: 1,
    client: '192.0.2.1',
  })
  const registry = new Registry()
  const queues = addQueueMetrics(app(), registry)
  await queues.ask()
  const before = await registry.metrics()
  expect(before).toMatch(/^pandu_intake_items_total\{channel="web",outcome="ticket"\} 1$/m)
  expect(before).toMatch(/^pandu_relay_pending_facts [1-9]/m)
  while ((await relayOnce(app())) > 0);
  await queues.ask()
  const after = await registry.metrics()
  expect(after).toMatch(/^pandu_relay_pending_facts 0$/m)
  expect(after).toMatch(/^pandu_relay_oldest_seconds 0$/m)
  expect(after).toMatch(/^pandu_jobs_due [1-9]/m)
})
