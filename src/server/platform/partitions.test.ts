import { sql } from 'kysely'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { system, write } from './context.ts'
import { record } from './journal.ts'
import { relayOnce } from './relay.ts'
import { sweepPlatform } from './sweep.ts'
import { useDatabase } from './testing.ts'
import { verifyJournal } from './verify-journal.ts'

const database = useDatabase()

test('a worker that was off for months makes the months it missed, and their rows move there from the default partition', async () => {
  const app = database.app()
  const owner = new pg.Client({
    host: inject('postgres_socket'),
    port: inject('postgres_port'),
    user: 'postgres',
    database: String(app.worker_pool.options.database),
  })
  await owner.connect()
  try {
    // As it stands half a year after the last night round: nothing but the default partition takes what comes.
    for (const { name } of (await owner.query<{ name: string }>(PARTITIONS)).rows)
      await owner.query(`drop table ${name}`)
    await write(app, system, (ctx) => record(ctx, 'page.saved', { details: { title: 'contoh' } }))
    await owner.query(`insert into facts (id, at, kind, actor_kind)
      select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7000' || substr(md5(at::text), 1, 16))::uuid, at, 'page.saved', 'system'
      from generate_series(now() - interval '5 months', now(), interval '20 days') at`)
    await owner.query('insert into journal_pending (fact_id) select id from facts on conflict do nothing')
    await relayOnce(app)
    const before = await sql<{ facts: number }>`select count(*)::int as facts from facts_default`
      .execute(app.worker)
      .catch(() => null)
    expect(before).toBeNull()
    const count = (await owner.query<{ n: string }>('select count(*) as n from facts_default')).rows[0]!.n

    await sweepPlatform(app)
    const { rows } = await owner.query<{ left: string; all: string; partitions: string }>(
      `select (select count(*) from facts_default) as left, (select count(*) from facts) as all, count(*) as partitions from (${PARTITIONS}) p`,
    )
    expect(rows[0]).toMatchObject({ left: 0, all: count })
    expect(Number(rows[0]!.partitions)).toBeGreaterThanOrEqual(9)
    expect((await verifyJournal(app)).faults).toEqual([])

    // The next night, and what comes then, find everything in its place; the new ones are only added to, as all others.
    await sweepPlatform(app)
    await write(app, system, (ctx) => record(ctx, 'page.saved'))
    expect((await owner.query('select from facts_default')).rows).toEqual([])
    await expect(owner.query("update facts set kind = 'a.b'")).rejects.toMatchObject({ code: '42501' })
  } finally {
    await owner.end()
  }
})

const PARTITIONS = `select inhrelid::regclass::text as name from pg_inherits
  where inhparent = 'facts'::regclass and inhrelid <> 'facts_default'::regclass`
