import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { relayOnce } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { ask } from '../intake/index.ts'
import { verifyLedger } from './index.ts'

const database = useDatabase()
const app = () => database.app()
let superuser: pg.Client

beforeAll(async () => {
  await prepare(app())
  superuser = new pg.Client({
    host: inject('postgres_socket'),
    port: inject('postgres_port'),
    user: 'postgres',
    database: String(app().worker_pool.options.database),
  })
  await superuser.connect()
  for (let count = 0; count < 3; count++)
    await ask(app(), {
      form_id: newId(),
      text: 'Pencetak kami berhenti.',
      name: `Contoh ${count}`,
      email: `contoh${count}@contoh.example`,
      phone: null,
      privacy_version: 1,
      client: '192.0.2.1',
    })
  while ((await relayOnce(app())) > 0);
})
afterAll(() => superuser.end())

/** Changes one thing behind our back, asks, and changes it back. */
async function faultsAfter(change: string, undo: string): Promise<string[]> {
  await superuser.query(`set session_replication_role = replica; ${change}`)
  try {
    return (await verifyLedger(app())).faults
  } finally {
    await superuser.query(undo)
  }
}

test('what people did is sound, and was looked at', async () => {
  expect(await verifyLedger(app())).toEqual({
    seen: { items: 3, messages_out: expect.any(Number), tickets: 3 },
    faults: [],
  })
})

test('a ticket that is gone is missed by the ledger', async () => {
  const faults = await faultsAfter(
    `update intake_items set ticket_id = '${newId()}' where id = (select min(id::text)::uuid from intake_items)`,
    `update intake_items i set ticket_id = t.id from tickets t where t.number = i.ticket_number`,
  )
  expect(faults).toEqual([
    expect.stringMatching(
      /^1 items of the ledger became a ticket or a message, but that ticket is not there: [0-9a-f-]{36}$/,
    ),
    expect.stringMatching(/^1 items of the ledger name a message that is not on their ticket/),
  ])
})

test('a duplicate of nothing, an outbox row about nothing, a sum that was bent', async () => {
  expect(
    await faultsAfter(
      `update intake_items set outcome = 'duplicate', duplicate_of = '${newId()}' where id = (select max(id::text)::uuid from intake_items)`,
      `update intake_items set outcome = 'ticket', duplicate_of = null where outcome = 'duplicate'`,
    ),
  ).toContainEqual(expect.stringContaining('are duplicates of an item that is not there'))
  const id = newId()
  expect(
    await faultsAfter(
      `insert into outbox (id, channel, kind, recipient, text, automatic, about_id, about_number) values ('${id}', 'email', 'notice', 'x@contoh.example', '', true, '${newId()}', 1)`,
      `delete from outbox where id = '${id}'`,
    ),
  ).toEqual([`1 messages that went out are about a ticket that is not there: ${id}`])
  expect(
    await faultsAfter(
      `update counts set total = total - 1 where name = 'intake.web.ticket'`,
      `update counts set total = total + 1 where name = 'intake.web.ticket'`,
    ),
  ).toEqual([
    'web: 3 were received, but the outcomes add up to 2 (2 ticket)',
    'all channels: 3 were received, but the outcomes add up to 2 (2 ticket)',
    'web: 3 rows are ticket, but only 2 were counted',
  ])
  expect((await sql`select from intake_items`.execute(app().worker)).rows).toHaveLength(3)
})
