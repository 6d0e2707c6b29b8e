import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMigrations } from 'graphile-worker'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { readSettings } from '../../../settings.ts'
import { prepare } from '../../desks/index.ts'
import { inviteStaff, acceptInvitation, signIn } from '../../people/index.ts'
import { aTicket } from '../../tickets/testing.ts'
import { nameBlob } from '../name-blob.ts'
import type { App } from '../app.ts'
import { enter, read, system, write } from '../context.ts'
import type { DatabaseAccess } from '../embedded-postgres.ts'
import { openFiles } from '../files.ts'
import { newId } from '../ids.ts'
import { record } from '../journal.ts'
import { relayOnce } from '../relay.ts'
import { rootSecret } from '../secrets.ts'
import { useDatabase } from '../testing.ts'
import { makeTestApp } from '../testing-app.ts'
import { verifyBlobs } from '../verify-blobs.ts'
import { verifyJournal } from '../verify-journal.ts'
import { listTables } from './list-tables.ts'
import { restoreBackup, verifyBackup, type RestoreBackup } from './restore-backup.ts'
import { writeBackup, type WriteBackup } from './write-backup.ts'

const PASSWORD = 'jembatan biru di atas sungai'
const PASSPHRASE = 'kunci contoh untuk cadangan'
const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'pandu-backup-'))
const made: (() => Promise<unknown>)[] = []
let app: App
let attachment: Buffer
let file: string

const base = () => ({ host: inject('postgres_socket'), port: inject('postgres_port') })
const accessTo = (name: string): DatabaseAccess => ({
  connection: (role, other = name) => ({ ...base(), user: `pandu_${role}`, database: other }),
})
const quiet = () => undefined

const backUp = (path: string, more: Partial<WriteBackup> = {}) =>
  writeBackup({
    connection: accessTo(String(app.worker_pool.options.database)).connection('owner'),
    files: app.files,
    secret: rootSecret(app.settings),
    pandu: '0.1.0',
    path,
    progress: quiet,
    ...more,
  })

/** An empty database and data folder, as a fresh machine has them. */
async function anEmptyPlace(): Promise<{
  access: DatabaseAccess
  data: string
  given(path: string): RestoreBackup
  open(): Promise<App>
}> {
  const name = `test_${newId().replaceAll('-', '')}`
  const superuser = new pg.Client({ ...base(), user: 'postgres', database: 'postgres' })
  await superuser.connect()
  await superuser.query(`create database ${name} owner pandu_owner`)
  await superuser.end()
  const data = mkdtempSync(join(folder, 'data-'))
  const pools: pg.Pool[] = []
  made.push(async () => {
    for (const pool of pools) await pool.end()
    const admin = new pg.Client({ ...base(), user: 'postgres', database: 'postgres' })
    await admin.connect()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  const access = accessTo(name)
  return {
    access,
    data,
    given: (path) => ({
      settings: { PANDU_DATA: data, PANDU_SECRET: undefined },
      files: openFiles(data),
      path,
      progress: quiet,
    }),
    async open() {
      const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_LOG: 'silent' })
      const web_pool = new pg.Pool(access.connection('web'))
      const worker_pool = new pg.Pool(access.connection('worker'))
      for (const pool of [web_pool, worker_pool])
        pool.on('error', quiet).on('connect', (client) => client.on('error', quiet))
      pools.push(web_pool, worker_pool)
      return makeTestApp(settings, sources, web_pool, worker_pool)
    },
  }
}

/** Rows and a checksum of every table, in an order of their own, so that the order of rows on the disk does not matter. */
async function sumsOf(access: DatabaseAccess): Promise<Map<string, string>> {
  const client = new pg.Client(access.connection('owner'))
  await client.connect()
  const sums = new Map<string, string>()
  for (const { name } of await listTables(client)) {
    const { rows } = await client.query<{ sum: string }>(
      `select count(*) || ' ' || md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as sum from ${name} t`,
    )
    sums.set(name, rows[0]!.sum)
  }
  await client.end()
  return sums
}

beforeAll(async () => {
  app = database.app()
  await runMigrations({ pgPool: app.worker_pool })
  await prepare(app)
  attachment = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 31) % 251))
  const kept = await app.files.keep(attachment)
  const ticket = await write(app, system, async (ctx) => {
    await nameBlob(ctx, { ...kept, type: 'image/png' })
    return aTicket(ctx, { attachments: [{ name: 'foto.png', type: 'image/png', ...kept }] })
  })
  await write(app, system, (ctx) =>
    record(ctx, 'page.saved', { ticket_id: ticket.id, details: { judul: 'a\tb\\c\n"d"' } }),
  )
  const { link } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email: 'ani@contoh.example', name: 'Ani Contoh', administrator: true }),
  )
  await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: link.split('/').at(-1)!, password: PASSWORD }))
  while ((await relayOnce(app)) > 0);
  // One fact waits for the relay, as in life.
  await write(app, system, (ctx) => record(ctx, 'page.saved', {}))
})
beforeEach(() => {
  file = join(folder, `${newId()}.pandu`)
})
afterAll(async () => {
  for (const undo of made) await undo()
  rmSync(folder, { recursive: true, force: true })
})

describe('a backup that is restored', () => {
  test('holds the same rows, attachments, sums and secret; people sign in; the journal says that it was restored', async () => {
    const source = accessTo(String(app.worker_pool.options.database))
    const before = await sumsOf(source)
    const jobs = await sql<{ jobs: number }>`select count(*)::int as jobs from graphile_worker.jobs`.execute(app.worker)
    const result = await backUp(file, { passphrase: PASSPHRASE })
    expect(result.faulty_blobs).toEqual([])
    expect(result.blobs).toBe(1)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file).includes('Pencetak')).toBe(false)

    const place = await anEmptyPlace()
    const given = { ...place.given(file), passphrase: PASSPHRASE }
    const restored = await restoreBackup(given, place.access, await verifyBackup(given))
    expect(restored).toMatchObject({ rows: result.rows, blobs: 1, migrations: 0 })

    const after = await sumsOf(place.access)
    expect(before.size).toBeGreaterThan(40)
    const changed = [...before].filter(([name, sum]) => after.get(name) !== sum).map(([name]) => name)
    expect(changed).toEqual(['public.facts', 'public.journal_pending'])

    const there = await place.open()
    const bytes: Buffer[] = []
    const { sha256 } = await there.worker.selectFrom('attachments').select('sha256').executeTakeFirstOrThrow()
    for await (const chunk of await there.files.read(sha256)) bytes.push(chunk as Buffer)
    expect(Buffer.concat(bytes).equals(attachment)).toBe(true)
    expect(rootSecret(there.settings)).toBe(rootSecret(app.settings))
    expect(
      (await signIn(there, { email: 'ani@contoh.example', password: PASSWORD, client: '192.0.2.1' })).cookie.value,
    ).toBeTruthy()
    const waiting = await sql<{ jobs: number }>`select count(*)::int as jobs from graphile_worker.jobs`.execute(
      there.worker,
    )
    expect(waiting.rows).toEqual(jobs.rows)
    expect(jobs.rows[0]!.jobs).toBeGreaterThan(0)

    while ((await relayOnce(there)) > 0);
    expect((await verifyJournal(there)).faults).toEqual([])
    expect(await verifyBlobs(there)).toEqual({ seen: { blobs: 1, unnamed_blobs: 0 }, faults: [] })
    const fact = await there.worker
      .selectFrom('facts')
      .select('about')
      .where('kind', '=', 'installation.restored')
      .execute()
    expect(fact).toEqual([{ about: { backup_made_at: restored.made_at, pandu: '0.1.0', after_seal: 1 } }])
    // The next ticket gets the next number.
    await write(there, system, (ctx) => aTicket(ctx))
  })

  test('is of one moment, however much is written meanwhile', async () => {
    let writing = true
    let written = 0
    const writers = Array.from({ length: 3 }, async () => {
      while (writing) {
        await write(app, system, (ctx) => aTicket(ctx))
        written += 1
      }
    })
    await expect.poll(() => written).toBeGreaterThan(5)
    await backUp(file)
    const during = written
    await expect.poll(() => written).toBeGreaterThan(during)
    writing = false
    await Promise.all(writers)

    const place = await anEmptyPlace()
    await restoreBackup(place.given(file), place.access, await verifyBackup(place.given(file)))
    const there = await place.open()
    const { rows } = await sql<{ torn: number; tickets: number }>`select count(*)::int as tickets,
      count(*) filter (where not exists (select from messages m where m.ticket_id = t.id)
        or not exists (select from facts f where f.ticket_id = t.id and f.kind = 'ticket.opened'))::int as torn from tickets t`.execute(
      there.worker,
    )
    expect(rows[0]!.torn).toBe(0)
    expect(rows[0]!.tickets).toBeGreaterThan(5)
    while ((await relayOnce(there)) > 0);
    expect((await verifyJournal(there)).faults).toEqual([])
  })

  test('tells of an attachment that was missing already, and restores the rest', async () => {
    const lost = await app.files.keep(Buffer.from('hilang'))
    await write(app, system, (ctx) => nameBlob(ctx, { ...lost, type: 'text/plain' }))
    await app.files.remove(lost.sha256)
    expect((await backUp(file)).faulty_blobs).toEqual([lost.sha256])
    const place = await anEmptyPlace()
    const restored = await restoreBackup(place.given(file), place.access, await verifyBackup(place.given(file)))
    expect(restored.faulty_blobs).toEqual([lost.sha256])
    await app.files.keep(Buffer.from('hilang'))
  })
})

describe('a file that is not a whole backup of ours is refused, and nothing is touched', () => {
  let plain: Buffer
  let locked: Buffer
  beforeAll(async () => {
    const [one, two] = [join(folder, 'plain.pandu'), join(folder, 'locked.pandu')]
    await backUp(one)
    await backUp(two, { passphrase: PASSPHRASE })
    plain = readFileSync(one)
    locked = readFileSync(two)
  })
  const check = async (bytes: Buffer | string, passphrase?: string) => {
    writeFileSync(file, bytes)
    const place = {
      settings: { PANDU_DATA: folder, PANDU_SECRET: undefined },
      files: app.files,
      path: file,
      progress: quiet,
    }
    return verifyBackup({ ...place, passphrase })
  }
  test('whole files pass', async () => {
    await check(plain)
    await check(locked, PASSPHRASE)
  })
  test('one changed bit anywhere, cut anywhere, something behind the end', async () => {
    for (const [bytes, passphrase, steps] of [
      [plain, undefined, 9],
      [locked, PASSPHRASE, 4],
    ] as const) {
      for (let step = 1; step < steps; step++) {
        const at = Math.floor((bytes.length * step) / steps)
        const bent = Buffer.from(bytes)
        bent[at] = bent[at]! ^ 1
        await expect(check(bent, passphrase), `bit at ${at}`).rejects.toThrow(/damaged/)
        await expect(check(bytes.subarray(0, at), passphrase), `cut at ${at}`).rejects.toThrow(/damaged/)
      }
      await expect(check(bytes.subarray(0, -1), passphrase)).rejects.toThrow('ends too early')
      await expect(check(Buffer.concat([bytes, Buffer.from('x')]), passphrase)).rejects.toThrow('behind its end')
    }
  })
  test('a wrong passphrase, and none', async () => {
    await expect(check(locked, 'lain')).rejects.toThrow('passphrase is not the one')
    await expect(check(locked)).rejects.toThrow('--passphrase-file')
  })
  test('somebody else’s file, an empty one, a newer format', async () => {
    await expect(check('PGDMP\u0001 something else entirely')).rejects.toThrow('not a backup of Pandu')
    await expect(check('')).rejects.toThrow('not a backup of Pandu')
    await expect(check(plain.toString('latin1').replace('"format":1', '"format":2'))).rejects.toThrow('has format 2')
  })
  test('one of a newer Pandu, and one whose migrations are not ours', async () => {
    const owner = new pg.Client(accessTo(String(app.worker_pool.options.database)).connection('owner'))
    await owner.connect()
    const write_of = async (name: string, change: string, undo: string) => {
      await owner.query(change)
      const path = join(folder, name)
      try {
        await backUp(path)
      } finally {
        await owner.query(undo)
      }
      return readFileSync(path)
    }
    try {
      const next = '(select max(number) from migrations)'
      const newer = await write_of(
        'newer',
        `insert into migrations (number, name, checksum) select ${next} + 1, '9999_later.sql', 'x'`,
        `delete from migrations where name = '9999_later.sql'`,
      )
      await expect(check(newer)).rejects.toThrow(/of a newer Pandu .* nothing was changed/)
      const foreign = await write_of(
        'foreign',
        `update migrations set checksum = 'y' || checksum where number = 1`,
        `update migrations set checksum = substr(checksum, 2) where number = 1`,
      )
      await expect(check(foreign)).rejects.toThrow(/another migrations\/0001_platform.sql .* nothing was changed/)
    } finally {
      await owner.end()
    }
  })
  test('the secret of another installation', async () => {
    writeFileSync(file, plain)
    const settings = { PANDU_DATA: folder, PANDU_SECRET: 'x'.repeat(40) }
    await expect(verifyBackup({ settings, files: app.files, path: file, progress: quiet })).rejects.toThrow(
      'PANDU_SECRET',
    )
  })
  test('a database that is not empty', async () => {
    writeFileSync(file, plain)
    const source = accessTo(String(app.worker_pool.options.database))
    const before = createHash('sha256')
      .update(JSON.stringify([...(await sumsOf(source))]))
      .digest('hex')
    const place = await anEmptyPlace()
    await expect(restoreBackup(place.given(file), source, await verifyBackup(place.given(file)))).rejects.toThrow(
      'Pandu has been started on it',
    )
    expect(
      createHash('sha256')
        .update(JSON.stringify([...(await sumsOf(source))]))
        .digest('hex'),
    ).toBe(before)
  })
  test('a file that changes between the check and the restore leaves an empty database', async () => {
    writeFileSync(file, plain)
    const place = await anEmptyPlace()
    const checked = await verifyBackup(place.given(file))
    writeFileSync(file, plain.subarray(0, Math.floor(plain.length * 0.9)))
    await expect(restoreBackup(place.given(file), place.access, checked)).rejects.toThrow('ends too early')
    const there = await place.open()
    expect((await read(there, system, (ctx) => ctx.db.selectFrom('people').select('id').execute())).length).toBe(0)
    // And the place can still be used.
    writeFileSync(file, plain)
    await restoreBackup(place.given(file), place.access, await verifyBackup(place.given(file)))
  })
})

describe('writing', () => {
  test('nothing is overwritten, and what cannot be written is told', async () => {
    writeFileSync(file, 'milik orang lain')
    await expect(backUp(file)).rejects.toThrow('exists already and is kept')
    expect(readFileSync(file, 'utf8')).toBe('milik orang lain')
    await expect(backUp(join(folder, 'tidak-ada', 'x'))).rejects.toThrow('cannot be written')
  })
})
