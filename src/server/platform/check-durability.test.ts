import { Pool, type ClientBase, type ClientConfig } from 'pg'
import { expect, inject, test } from 'vitest'
import { checkDurability } from './check-durability.ts'

const server = (options: string): ClientConfig => ({
  host: inject('postgres_socket'),
  port: inject('postgres_port'),
  user: 'postgres',
  database: 'postgres',
  ssl: false,
  options,
})
async function firstUse(options: string): Promise<unknown> {
  // pg-pool waits for the promise; only its types do not say so.
  const onConnect = checkDurability as (client: ClientBase) => void
  const pool = new Pool({ ...server(options), max: 1, onConnect })
  try {
    return (await pool.query('select 1 as one')).rows
  } finally {
    await pool.end()
  }
}

test('a pool gives out no connection whose commits may be lost, whatever set it so', async () => {
  await expect(firstUse('-c synchronous_commit=off')).rejects.toThrow(
    /synchronous_commit off \(for the role postgres\)/,
  )
  expect(await firstUse('-c synchronous_commit=on')).toEqual([{ one: 1 }])
})

test('waiting for the own disk only is enough: nothing is promised of a replica', async () => {
  expect(await firstUse('-c synchronous_commit=local')).toEqual([{ one: 1 }])
})
