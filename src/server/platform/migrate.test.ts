import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { listMigrations, migrate, type Migration } from './migrate.ts'

const base = () => ({ host: inject('postgres_socket'), port: inject('postgres_port'), user: 'postgres' })
const name = `migrate_${process.pid}`
let admin: pg.Client

beforeAll(async () => {
  admin = new pg.Client({ ...base(), database: 'postgres' })
  await admin.connect()
})
beforeEach(async () => {
  await admin.query(`drop database if exists ${name} with (force)`)
  await admin.query(`create database ${name} owner pandu_owner`)
})
afterAll(async () => {
  await admin.query(`drop database if exists ${name} with (force)`)
  await admin.end()
})

async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...base(), user: 'pandu_owner', database: name })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
const made = (text: string, number = 1): Migration => ({
  number,
  name: `000${number}_made.sql`,
  text,
  checksum: `sum of ${text}`,
})

test('all migrations run from empty, and a second run has nothing to do', async () => {
  const count = listMigrations().length
  expect(count).toBeGreaterThan(6)
  expect(await asOwner((client) => migrate(client))).toBe(count)
  expect(await asOwner((client) => migrate(client))).toBe(0)
})

test('two processes that start at once apply each migration once', async () => {
  const applied = await Promise.all([asOwner((client) => migrate(client)), asOwner((client) => migrate(client))])
  expect(applied.sort((a, b) => a - b)).toEqual([0, listMigrations().length])
})

test('a changed old migration stops the start and changes nothing', async () => {
  await asOwner((client) => migrate(client, [made('create table one ()')]))
  await expect(
    asOwner((client) => migrate(client, [made('create table uno ()'), made('create table two ()', 2)])),
  ).rejects.toThrow(/0001_made\.sql was changed/)
  const { rows } = await asOwner((client) => client.query("select to_regclass('two') as two"))
  expect(rows).toEqual([{ two: null }])
})

test('a database of a newer Pandu is refused', async () => {
  await asOwner((client) => migrate(client, [made('create table one ()'), made('create table two ()', 2)]))
  await expect(asOwner((client) => migrate(client, [made('create table one ()')]))).rejects.toThrow(
    /newer Pandu \(migration 2; this one knows 1\)/,
  )
})

test('a migration that fails is rolled back whole and can be tried again', async () => {
  await expect(asOwner((client) => migrate(client, [made('create table one (); select 1 / 0')]))).rejects.toThrow(
    /rolled back/,
  )
  expect(await asOwner((client) => migrate(client, [made('create table one ()')]))).toBe(1)
})
