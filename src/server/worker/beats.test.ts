import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runMigrations } from 'graphile-worker'
import { sql } from 'kysely'
import { beforeAll, expect, inject, test, vi } from 'vitest'
import { newId } from '../platform/ids.ts'
import { dropLease, takeLease, withLease } from '../platform/leases.ts'
import { relayOnce } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { ask } from '../intake/index.ts'
import { pullFromFuture, pullRounds, startBeats, startWorker, unlockForgotten, unlockSilent } from './index.ts'
import { bareEnvironment } from '../platform/testing-environment.ts'

// In life a worker is silent after 45 s; the way is the same.
const SILENT_SECONDS = 3

const database = useDatabase()
const app = () => database.app()
const jobs = async () => {
  const { rows } = await sql<{ waiting: number; locked: number }>`select count(*)::int as waiting,
    count(locked_by)::int as locked from graphile_worker.jobs`.execute(app().worker)
  return rows[0]!
}

beforeAll(async () => {
  for (const pool of [app().web_pool, app().worker_pool])
    pool.on('connect', (client) => client.on('error', () => undefined))
  await runMigrations({ pgPool: app().worker_pool })
  await prepare(app())
})

/** Resolves when the worker has died in its first job. */
async function diesInAJob(fault: string): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./silent-child.ts', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...bareEnvironment(),
      PANDU_DATA: app().settings.PANDU_DATA,
      PANDU_LOG: 'silent',
      PANDU_FAULT: fault,
      TEST_DATABASE: JSON.stringify({
        socket: inject('postgres_socket'),
        port: inject('postgres_port'),
        database: app().worker_pool.options.database,
        silent_seconds: SILENT_SECONDS,
      }),
    },
  })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
}

test.each(['worker.before_work', 'worker.after_work'])(
  'a worker killed at %s: its job runs elsewhere, and what it does is done once',
  async (fault) => {
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
    const before = await jobs()
    expect(before.waiting).toBeGreaterThan(0)
    await diesInAJob(fault)
    expect((await jobs()).locked).toBeGreaterThan(0)

    const worker = await startWorker(app())
    const beats = startBeats(app(), { worker }, SILENT_SECONDS)
    await expect.poll(jobs, { timeout: 45_000 }).toEqual({ waiting: 0, locked: 0 })
    await beats.stop()
    await worker.stop()
    const { rows } = await sql<{ kind: string; sent: number }>`select kind, count(*)::int as sent from outbox
      where about_id = ${ticket.id}::uuid group by 1`.execute(app().worker)
    expect(rows).toEqual([{ kind: 'acknowledgement', sent: 1 }])
    const words = await sql`select from search_documents where ticket_id = ${ticket.id}::uuid`.execute(app().worker)
    expect(words.rows).toHaveLength(1)
    // Said goodbye to, not left to run out.
    expect(
      (await sql`select from leases where name = ${`beat worker ${worker.id()}`}`.execute(app().worker)).rows,
    ).toEqual([])
  },
)

test('the jobs of a worker that beats are left alone, however long they take', async () => {
  await sql`select graphile_worker.add_job('tickets.index', '[]'::json)`.execute(app().worker)
  await sql`update graphile_worker._private_jobs set locked_by = 'pool-contoh', locked_at = now() - interval '10 minutes'`.execute(
    app().worker,
  )
  const holder = newId()
  await takeLease(app(), 'beat worker pool-contoh', holder, 45)
  expect(await unlockSilent(app())).toBe(0)
  await dropLease(app(), 'beat worker pool-contoh', holder)
  expect(await unlockSilent(app())).toBe(1)
  expect((await jobs()).locked).toBe(0)
})

test('a job that its own worker has locked, but is not at, runs again', async () => {
  const add = async (locked_seconds: number) => {
    const { rows } = await sql<{
      id: string
    }>`select id::text as id from graphile_worker.add_job('tickets.index', '[]'::json)`.execute(app().worker)
    await sql`update graphile_worker._private_jobs set locked_by = 'pool-hidup',
      locked_at = now() - make_interval(secs => ${locked_seconds}::int) where id = ${rows[0]!.id}::bigint`.execute(
      app().worker,
    )
    return rows[0]!.id
  }
  await sql`delete from graphile_worker._private_jobs`.execute(app().worker)
  const [at_work, forgotten, just_taken] = [await add(60), await add(60), await add(1)]
  expect(await unlockForgotten(app(), 'pool-lain', [])).toBe(0)
  // One it is at, and one was taken this moment.
  expect(await unlockForgotten(app(), 'pool-hidup', [at_work])).toBe(1)
  const { rows } = await sql<{
    id: string
  }>`select id::text as id from graphile_worker._private_jobs where locked_by = 'pool-hidup' order by _private_jobs.id`.execute(
    app().worker,
  )
  expect(rows.map(({ id }) => id)).toEqual([at_work, just_taken])
  expect(rows.map(({ id }) => id)).not.toContain(forgotten)
})

test('after the clock was set back no job waits for the time in which it was added', async () => {
  const add = (later: string, attempts: number) =>
    sql`with added as (select id from graphile_worker.add_job('tickets.index', '[]'::json))
      select from added, lateral (select graphile_worker.reschedule_jobs(array[added.id], run_at => now() + ${later}::interval,
        attempts => ${attempts}::int)) moved`.execute(app().worker)
  await sql`delete from graphile_worker._private_jobs`.execute(app().worker)
  await add('1 day', 0)
  await add('1 day', 3)
  // A failed one that waits its time.
  await add('1 hour', 3)
  expect(await pullFromFuture(app())).toBe(2)
  expect(await pullFromFuture(app())).toBe(0)
})

test('a round that goes on somewhere is not begun a second time, and its lease ends with it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = withLease(app(), 'round contoh', () => promise)
  await expect
    .poll(async () => (await sql`select from leases where name = 'round contoh'`.execute(app().worker)).rows.length)
    .toBe(1)
  expect(await withLease(app(), 'round contoh', () => Promise.reject(new Error('begun twice')))).toBe(false)
  resolve()
  expect(await first).toBe(true)
  expect(await withLease(app(), 'round contoh', () => Promise.resolve())).toBe(true)
  await sql`insert into leases (name, holder, until) values ('round contoh', ${newId()}::uuid, now() + interval '2 days')`.execute(
    app().worker,
  )
  expect(await takeLease(app(), 'round contoh', newId(), 5)).toBe(true)
})

test('the clock is set back by a year: what comes round goes on, from the next minute of now', async () => {
  const before = await startWorker(app(), 50)
  try {
    const first = before.id()
    await sql`update graphile_worker._private_known_crontabs set last_execution = now() + interval '365 days'`.execute(
      app().worker,
    )
    expect(await pullRounds(app())).toBeGreaterThan(20)
    expect(await pullRounds(app())).toBe(0)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 365 * 86_400_000 })
    await expect.poll(() => before.id(), { timeout: 60_000 }).not.toBe(first)
    expect(before.alive()).toBe(true)
  } finally {
    vi.useRealTimers()
    await before.stop()
  }
})
