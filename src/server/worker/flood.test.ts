import { runMigrations } from 'graphile-worker'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { relayOnce } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { claimItems, releaseItems, takeItems } from '../channels/index.ts'
import { ask } from '../intake/index.ts'
import { recordTicket } from '../tickets/index.ts'
import { startWorker } from './index.ts'
import { watchFlood } from './watch-flood.ts'

const database = useDatabase()
const app = () => database.app()

beforeAll(async () => {
  await runMigrations({ pgPool: app().worker_pool })
  await prepare(app())
})

/** So many mails in the ledger, unread, that came so long ago; all that came before was read long ago. */
async function come(many: number, seconds_ago: number): Promise<void> {
  await sql`update intake_items set outcome = 'refused', reason = 'contoh', settled_at = now(),
    received_at = now() - interval '1 day' where outcome is null`.execute(app().worker)
  await write(app(), system, (ctx) =>
    takeItems(
      ctx,
      Array.from({ length: many }, () => {
        const fingerprint = newId()
        return { channel: 'email' as const, raw: Buffer.from(fingerprint), fingerprint, recipients: ['helpdesk@contoh.id'] } // prettier-ignore
      }),
    ),
  )
  await sql`update intake_items set received_at = now() - make_interval(secs => ${seconds_ago}::float8)
    where outcome is null`.execute(app().worker)
}

test('many within a second are a flood, and so is one that nobody reads', async () => {
  const floods = () => watchFlood(app())()
  await come(0, 0)
  expect(await floods()).toBe(false)
  await come(100, 0)
  expect(await floods()).toBe(false)
  await come(101, 0)
  expect(await floods()).toBe(true)
  // Read, they still are: the next ones are coming.
  await claimItems(app(), ['email'], true)
  expect(await floods()).toBe(true)
  await come(1, 5)
  expect(await floods()).toBe(true)
  const [claimed] = await claimItems(app(), ['email'], true)
  expect(await floods()).toBe(false)
  // It rests, because the disk was full.
  await releaseItems(app(), [claimed!.id], 60)
  expect(await floods()).toBe(false)
})

test('nothing is held back for longer than ten minutes, however long the flood and whoever watches it', async () => {
  await come(1, 60)
  const waits = async (minutes: number) => {
    await sql`delete from graphile_worker._private_jobs`.execute(app().worker)
    await sql`select graphile_worker.add_job('tickets.index', '[]'::json, priority => 10, flags => array['may_wait'],
      run_at => now() - make_interval(mins => ${minutes}::int))`.execute(app().worker)
  }
  await waits(9)
  expect(await watchFlood(app())()).toBe(true)
  await waits(11)
  expect(await watchFlood(app())()).toBe(false)
  await sql`delete from graphile_worker._private_jobs`.execute(app().worker)
})

test('the answer is remembered for a fifth of a second: it is asked before each job', async () => {
  let now = 0
  const floods = watchFlood(app(), () => now)
  const after = (ms: number) => ((now += ms), floods())
  await come(0, 0)
  expect(await after(0)).toBe(false)
  await come(1, 5)
  expect(await after(200)).toBe(false)
  expect(await after(1)).toBe(true)
})

test('what staff take down is marked with nothing, whatever comes in', async () => {
  await sql`delete from graphile_worker._private_jobs`.execute(app().worker)
  const clerk = await write(app(), system, (ctx) => aStaff(ctx))
  await write(app(), clerk, (ctx) =>
    recordTicket(ctx, {
      text: 'Pencetak mati.',
      channel: 'phone',
      urgency: 'emergency',
      requester: { name: 'Rini Contoh' },
    }),
  )
  while ((await relayOnce(app())) > 0);
  const { rows } = await sql<{
    priority: number
    flags: object | null
  }>`select priority, flags from graphile_worker.jobs`.execute(app().worker)
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row).toEqual({ priority: 0, flags: null })
  await sql`delete from graphile_worker._private_jobs`.execute(app().worker)
})

test('in a flood what follows from a request waits, and other jobs do not; then it is done, once', async () => {
  await come(1, 60)
  const { ticket } = await ask(app(), {
    form_id: newId(),
    text: 'Pencetak kami berhenti.',
    name: 'Sari Contoh',
    email: `sari-${newId()}@contoh.example`,
    phone: null,
    privacy_version: 1,
    client: '192.0.2.1',
  })
  while ((await relayOnce(app())) > 0);
  await sql`select graphile_worker.add_job('tickets.index', '[]'::json)`.execute(app().worker)
  const waiting = async () => {
    const { rows } = await sql<{ may_wait: boolean }>`select flags ? 'may_wait' is true as may_wait
      from graphile_worker.jobs order by priority, id`.execute(app().worker)
    return rows
  }
  // Added last, it is first in the line.
  expect((await waiting()).map(({ may_wait }) => may_wait)).toEqual([false, true, true, true])
  const worker = await startWorker(app())
  try {
    await expect
      .poll(waiting, { timeout: 30_000 })
      .toEqual([{ may_wait: true }, { may_wait: true }, { may_wait: true }])
    // Not by chance in the moment between: what is asked afterwards is done as well, and they still wait.
    await sql`select graphile_worker.add_job('tickets.index', '[]'::json)`.execute(app().worker)
    await expect.poll(async () => (await waiting()).some(({ may_wait }) => !may_wait), { timeout: 30_000 }).toBe(false)
    expect(await waiting()).toHaveLength(3)
    await come(0, 0)
    await expect.poll(waiting, { timeout: 30_000 }).toEqual([])
  } finally {
    await worker.stop()
  }
  const { rows } = await sql<{ kind: string; sent: number }>`select kind, count(*)::int as sent from outbox
    where about_id = ${ticket.id}::uuid group by 1`.execute(app().worker)
  expect(rows).toEqual([{ kind: 'acknowledgement', sent: 1 }])
})
