import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'
import { openExternalPostgres } from './external-postgres.ts'
import { openLog } from './log.ts'

// The outside server is an older PostgreSQL (17) where its package is installed, and asks for passwords as a real one does.
const log = openLog({ PANDU_LOG: 'silent' })
let ground: string
let server: EmbeddedPostgres
let admin: Client
let data: string

beforeAll(async () => {
  ground = mkdtempSync(join(tmpdir(), 'pandu-outside-'))
  chmodSync(ground, 0o755)
  const older = olderPackage()
  server = await startEmbeddedPostgres({ data: join(ground, 'server'), log, ...(older ? { binaries: older } : {}) })
  admin = new Client(server.superuser())
  await admin.connect()
  // The keeper made our roles for itself; this server shall know nothing of us.
  await admin.query('drop database pandu')
  await admin.query('drop role pandu_web, pandu_worker, pandu_search, pandu_owner')
  await admin.query(`create role tuan login createrole; create role tamu login`)
  await admin.query('create database bantuan owner tuan')
  writeFileSync(
    join(server.data_folder, 'pg_hba.conf'),
    'local all postgres,tuan,tamu trust\nlocal all all scram-sha-256\n',
  )
  await admin.query('select pg_reload_conf()')
})
afterEach(async () => {
  await admin.query('alter role tuan reset all')
  await admin.query('drop role if exists pandu_web, pandu_worker, pandu_search')
  rmSync(data, { recursive: true, force: true })
})
afterAll(async () => {
  await admin.end()
  await server.stop()
  rmSync(ground, { recursive: true, force: true })
})

const url = (user: string, password = '') => {
  const socket = encodeURIComponent(String(server.superuser().host))
  return `postgres:///bantuan?host=${socket}&port=5432&user=${user}${password ? `&password=${password}` : ''}`
}
function settings(owner: string, urls: { web?: string; worker?: string } = {}) {
  data = mkdtempSync(join(ground, 'data-'))
  return {
    PANDU_DATA: data,
    DATABASE_URL: url(owner),
    PANDU_DATABASE_WEB_URL: urls.web,
    PANDU_DATABASE_WORKER_URL: urls.worker,
  }
}
async function whoAmI(config: ClientConfig): Promise<unknown> {
  const client = new Client(config)
  await client.connect()
  const { rows } = await client.query(
    `select current_user as me, current_database() as here, current_setting('statement_timeout') as most`,
  )
  await client.end()
  return rows[0]
}

test('with only DATABASE_URL, an owner who may create roles gets them made, with passwords in the data folder', async () => {
  const given = settings('tuan')
  const access = await openExternalPostgres(given, log)
  expect(await whoAmI(access.connection('owner'))).toMatchObject({ me: 'tuan', here: 'bantuan' })
  expect(await whoAmI(access.connection('web'))).toEqual({ me: 'pandu_web', here: 'bantuan', most: '10s' })
  expect(await whoAmI(access.connection('worker', 'postgres'))).toEqual({
    me: 'pandu_worker',
    here: 'postgres',
    most: '10s',
  })
  const path = join(data, 'database-passwords.json')
  expect(statSync(path).mode & 0o777).toBe(0o600)

  const kept = readFileSync(path, 'utf8')
  await openExternalPostgres(given, log)
  expect(readFileSync(path, 'utf8')).toBe(kept)
})

test('two first starts at once make the roles once', async () => {
  const given = settings('tuan')
  const both = await Promise.all([openExternalPostgres(given, log), openExternalPostgres(given, log)])
  for (const access of both) expect(await whoAmI(access.connection('web'))).toMatchObject({ me: 'pandu_web' })
})

test('a role that exists keeps its password: the second machine is told to bring the file', async () => {
  await openExternalPostgres(settings('tuan'), log)
  rmSync(data, { recursive: true })
  await expect(openExternalPostgres(settings('tuan'), log)).rejects.toThrow(
    /passwords are not in .*database-passwords.json: copy that file/,
  )
})

test('an owner who may not create roles is told the SQL, and nothing is changed; after it, with URLs, all is well', async () => {
  await admin.query('create database sempit owner tamu')
  const given = settings('tamu')
  given.DATABASE_URL = given.DATABASE_URL.replace('bantuan', 'sempit')
  const refusal = await openExternalPostgres(given, log).then(
    () => 'not refused',
    (error: Error) => error.message,
  )
  expect(refusal).toContain('grant pandu_web, pandu_worker, pandu_search to "tamu";')
  expect(existsSync(join(data, 'database-passwords.json'))).toBe(false)
  const sql = refusal.split('\n\n')[1] ?? ''
  await admin.query(sql.replaceAll('CHOOSE-ONE', 'rahasia-contoh'))
  const access = await openExternalPostgres(
    {
      ...given,
      PANDU_DATABASE_WEB_URL: url('pandu_web', 'rahasia-contoh'),
      PANDU_DATABASE_WORKER_URL: url('pandu_worker', 'rahasia-contoh'),
    },
    log,
  )
  expect(await whoAmI(access.connection('web'))).toMatchObject({ me: 'pandu_web' })
})

test('a web role that is too strong is refused', async () => {
  await admin.query(`create role pandu_web login; create role pandu_worker login; create role pandu_search`)
  await admin.query(`grant pandu_web, pandu_worker, pandu_search to tuan`)
  const given = settings('tuan', { web: url('postgres'), worker: url('postgres') })
  await expect(openExternalPostgres(given, log)).rejects.toThrow(
    /The role postgres is superuser, owner of the database or bypasses/,
  )
})

test('a server that would lose commits is refused', async () => {
  await admin.query('alter role tuan set synchronous_commit = off')
  await expect(openExternalPostgres(settings('tuan'), log)).rejects.toThrow(
    /runs with synchronous_commit off \(for the role tuan\)/,
  )
})

test('a server that is not there is named with its setting and the remedy', async () => {
  const given = { ...settings('tuan'), DATABASE_URL: 'postgres://tuan@127.0.0.1:1/bantuan' }
  await expect(openExternalPostgres(given, log)).rejects.toThrow(
    /Cannot connect to PostgreSQL as tuan \(DATABASE_URL\): .*ECONNREFUSED.*; correct it/,
  )
})

function olderPackage(): string | null {
  try {
    return dirname(
      dirname(createRequire(import.meta.url).resolve(`embedded-postgres-17-${process.platform}-${process.arch}`)),
    )
  } catch {
    return null // not on this platform: the server is then of our own version
  }
}
