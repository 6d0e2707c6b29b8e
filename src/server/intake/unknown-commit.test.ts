/**
 * The server process of PostgreSQL dies at the very moment of a commit. It is held there by asking for a standby that does not exist:
 * the commit is on disk then, and its answer waits. On a PostgreSQL of its own, because that setting holds for all.
 */
import { connect } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { newId } from '../platform/ids.ts'
import { openLog } from '../platform/log.ts'
import { migrate } from '../platform/migrate.ts'
import { makeTestApp } from '../platform/testing-app.ts'
import { readSettings } from '../../settings.ts'
import { prepare } from '../desks/index.ts'
import { startMailListener, type MailListener } from './mail-listener.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-unknown-'))
const quiet = () => undefined
let postgres: EmbeddedPostgres
let app: App
let listener: MailListener
let superuser: pg.Client

beforeAll(async () => {
  const log = openLog({ PANDU_LOG: 'silent' })
  postgres = await startEmbeddedPostgres({ data, log })
  const owner = new pg.Client(postgres.connection('owner'))
  await owner.connect()
  await migrate(owner)
  await owner.end()
  const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_LOG: 'silent', PANDU_SMTP_PORT: '0' })
  const pool = (role: 'web' | 'worker') => {
    const one = new pg.Pool({ ...postgres.connection(role), max: 4 })
    one.on('error', quiet).on('connect', (client) => client.on('error', quiet))
    return one
  }
  const [web_pool, worker_pool] = [pool('web'), pool('worker')]
  await runMigrations({ pgPool: worker_pool })
  app = makeTestApp(settings, sources, web_pool, worker_pool)
  await prepare(app)
  listener = await startMailListener(app)
  superuser = await asSuperuser()
})
afterAll(async () => {
  await listener?.stop()
  await superuser?.end().catch(quiet)
  await Promise.all([app?.web.destroy(), app?.worker.destroy()])
  await postgres?.stop()
  rmSync(data, { recursive: true, force: true })
})

async function asSuperuser(): Promise<pg.Client> {
  const client = new pg.Client({ ...postgres.superuser(), database: 'pandu' })
  client.on('error', quiet)
  await client.connect()
  return client
}

/** Whether commits wait for ever for an answer. */
async function holdCommits(on: boolean): Promise<void> {
  await superuser.query(
    on ? `alter system set synchronous_standby_names = 'tidak_ada'` : 'alter system reset synchronous_standby_names',
  )
  await superuser.query('select pg_reload_conf()')
  const wanted = on ? 'tidak_ada' : ''
  await expect
    .poll(async () => (await superuser.query('show synchronous_standby_names')).rows[0].synchronous_standby_names)
    .toBe(wanted)
}

/** The server process that waits for this with somebody's mail. */
async function waitingFor(event: 'SyncRep' | 'relation'): Promise<number> {
  let pid = 0
  await expect
    .poll(
      async () => {
        const { rows } = await superuser.query<{ pid: number }>(
          `select pid from pg_stat_activity where wait_event = $1 and query like '%intake_fingerprints%' and pid <> pg_backend_pid()`,
          [event],
        )
        return (pid = rows[0]?.pid ?? 0)
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(0)
  return pid
}

const mail = (word: string) => `From: sari@contoh.id\r\nSubject: ${word}\r\n\r\nTolong.\r\n`

/** Sends one mail; answers what was said after the final dot, or nothing where we hung up. */
const send = (word: string) =>
  new Promise<string>((resolve) => {
    const steps = [
      'EHLO klien.contoh.id',
      'MAIL FROM:<sari@contoh.id>',
      'RCPT TO:<helpdesk@localhost>',
      'DATA',
      `${mail(word)}.`,
    ]
    const socket = connect(listener.port, '127.0.0.1')
    let last = ''
    socket.on('error', quiet)
    socket.on('data', (chunk) => {
      if (!/^\d{3} /m.test(chunk.toString())) return
      const step = steps.shift()
      if (step !== undefined) socket.write(`${step}\r\n`)
      else {
        last ||= chunk.toString()
        socket.end('QUIT\r\n')
      }
    })
    socket.on('close', () => resolve(last))
  })

async function itemsOf(word: string) {
  const client = await asSuperuser()
  const { rows } = await client.query<{ outcome: string | null }>(
    `select outcome from intake_items where convert_from(raw, 'utf8') like '%' || $1 || '%' order by id`,
    [word],
  )
  await client.end()
  return rows.map(({ outcome }) => outcome)
}

test('ended after the commit and before its answer: it is looked up, and 250 is said for the one item', async () => {
  const word = newId()
  await holdCommits(true)
  const answer = send(word)
  await superuser.query('select pg_terminate_backend($1)', [await waitingFor('SyncRep')])
  expect(await answer).toMatch(/^250 2\.0\.0/)
  await holdCommits(false)
  expect(await itemsOf(word)).toEqual([null])
})

test('ended before the commit: nobody can know, so we hang up without a word, and the mail that comes again is taken', async () => {
  const word = newId()
  const holder = await asSuperuser()
  await holder.query('begin')
  await holder.query('lock table intake_fingerprints in access exclusive mode')
  const answer = send(word)
  await superuser.query('select pg_terminate_backend($1)', [await waitingFor('relation')])
  expect(await answer).toBe('')
  await holder.query('rollback')
  await holder.end()
  expect(await itemsOf(word)).toEqual([])
  expect(await send(word)).toMatch(/^250/)
  expect(await itemsOf(word)).toEqual([null])
})

test('killed with -9 at the commit, so that PostgreSQL recovers from its log: never lost, never twice', async () => {
  const word = newId()
  await holdCommits(true)
  const answer = send(word)
  process.kill(await waitingFor('SyncRep'), 'SIGKILL')
  const first = await answer
  expect(first).toMatch(/^(250 2\.0\.0.*\r\n)?$/)
  await expect
    .poll(
      async () => {
        superuser = await asSuperuser()
        await holdCommits(false)
        return true
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBe(true)
  // The host that heard nothing sends it again.
  if (first === '') await expect.poll(() => send(word), { timeout: 30_000 }).toMatch(/^250/)
  const [original, ...again] = await itemsOf(word)
  expect(original).toBeNull()
  expect(again.every((outcome) => outcome === 'duplicate')).toBe(true)
})
