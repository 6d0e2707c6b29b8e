import { expect, inject, test } from 'vitest'
import { openLog } from './log.ts'
import { openPool } from './database.ts'
import { readSettings } from '../../settings.ts'

const open = (keeps_plans: boolean) =>
  openPool(
    { host: inject('postgres_socket'), port: inject('postgres_port'), user: 'postgres', database: 'postgres' },
    { max: 1, log: openLog(readSettings({ PANDU_LOG: 'silent' }).settings), name: 'test', keeps_plans },
  )
const kept = async (pool: ReturnType<typeof open>) => {
  const { rows } = await pool.query<{ statement: string }>(`select statement from pg_prepared_statements where statement not like '%pg_prepared%' order by 1`)
  return rows.map((row) => row.statement)
}

test('a pool that keeps plans keeps those of statements that come again, and they go on answering what they are asked', async () => {
  const pool = open(true)
  try {
    await pool.query('select $1::int + 0 as n', [1])
    expect(await kept(pool)).toEqual([])
    for (const n of [2, 3]) expect((await pool.query('select $1::int + 0 as n', [n])).rows).toEqual([{ n }])
    expect(await kept(pool)).toEqual(['select $1::int + 0 as n'])
    // A migration may add a column while this runs: PostgreSQL would refuse the kept plan of a star.
    for (const n of [1, 2]) await pool.query('select * from (values ($1::int)) as v (n)', [n])
    expect((await kept(pool)).filter((text) => text.includes('*'))).toEqual([])
    // A failure leaves the statement usable.
    for (const n of [1, 2]) await pool.query('select 1 / $1::int as n', [n])
    await expect(pool.query('select 1 / $1::int as n', [0])).rejects.toMatchObject({ code: '22012' })
    expect((await pool.query('select 1 / $1::int as n', [1])).rows).toEqual([{ n: 1 }])
  } finally {
    await pool.end()
  }
})

test('any other keeps only what is marked', async () => {
  const pool = open(false)
  try {
    for (const n of [1, 2, 3]) await pool.query('select $1::int + 0 as n', [n])
    expect(await kept(pool)).toEqual([])
  } finally {
    await pool.end()
  }
})
