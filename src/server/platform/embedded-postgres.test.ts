import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type ClientConfig, type QueryResultRow } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { openLog } from './log.ts'
import { packageFolder } from './postgres/binaries.ts'
import { killHard, processesOf, startKeeper, until, type Said } from './postgres/testing-start.ts'

// Real processes and real kills. The cluster is made once; whatever was done to it, the next test must be able to start it.
const log = openLog({ PANDU_LOG: 'silent' })
const root = process.getuid?.() === 0
const linux = process.platform === 'linux'
let ground: string
let made: string

beforeAll(async () => {
  ground = mkdtempSync(join(tmpdir(), 'pandu-keeper-'))
  chmodSync(ground, 0o755)
  made = join(ground, 'made')
  const postgres = await startEmbeddedPostgres({ data: made, log })
  await postgres.stop()
})
const folders: string[] = []
afterEach(async () => {
  if (!linux) return
  killHard(processesOf(made).map((one) => one.pid))
  await until(() => processesOf(made).length === 0)
  for (const folder of folders.splice(0)) {
    killHard(processesOf(folder).map((one) => one.pid))
    await until(() => processesOf(folder).length === 0)
    rmSync(folder, { recursive: true, force: true })
  }
})
afterAll(() => rmSync(ground, { recursive: true, force: true }))

function freshFolder(): string {
  const folder = mkdtempSync(join(ground, 'data-'))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}
/** Hard links: a copy of the names only, to take some away or to close the folder. */
function linkedPackage(folder: string): string {
  const binaries = join(folder, 'package')
  if (spawnSync('cp', ['-al', `${packageFolder()}/.`, binaries]).status !== 0)
    execFileSync('cp', ['-a', `${packageFolder()}/.`, binaries]) // the temp folder is on another disk
  return binaries
}
const superuser = (said: Said): ClientConfig => ({
  host: said.host ?? '',
  port: said.port ?? 0,
  user: 'postgres',
  database: 'postgres',
})
async function ask<T extends QueryResultRow>(config: ClientConfig, sql: string): Promise<T[]> {
  const client = new Client(config)
  client.on('error', () => undefined) // the query fails with it
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}
const gone = (pid: number) => !existsSync(`/proc/${pid}`)

describe('starting and stopping', () => {
  test('the first start makes cluster, roles and database on a private socket; the next start finds them', async () => {
    const data = freshFolder()
    const first = await startEmbeddedPostgres({ data, log })
    expect(first.data_folder).toBe(join(data, 'pg'))
    expect(statSync(join(data, 'run')).mode & 0o777).toBe(0o700)
    const roles = await ask(
      first.superuser(),
      `select rolname, rolcanlogin, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole as strong from pg_roles
        where rolname like 'pandu%' order by rolname`,
    )
    expect(roles).toEqual([
      { rolname: 'pandu_owner', rolcanlogin: true, strong: false },
      { rolname: 'pandu_search', rolcanlogin: false, strong: false },
      { rolname: 'pandu_web', rolcanlogin: true, strong: false },
      { rolname: 'pandu_worker', rolcanlogin: true, strong: false },
    ])
    await ask(first.connection('owner'), `create table kept as select 'tetap ada' as text`)
    const server = await ask(
      first.connection('web'),
      `select current_user as me, pg_encoding_to_char(encoding) as encoding, pg_get_userbyid(datdba) as owner, datlocale as locale,
              current_setting('data_checksums') as checksums, current_setting('listen_addresses') as network,
              current_setting('TimeZone') as zone, current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
              current_setting('synchronous_commit') as commits
         from pg_database where datname = current_database()`,
    )
    expect(server).toEqual([
      {
        me: 'pandu_web',
        encoding: 'UTF8',
        owner: 'pandu_owner',
        locale: 'C.UTF-8',
        checksums: 'on',
        network: '',
        zone: 'UTC',
        fsync: 'on',
        pages: 'on',
        commits: 'on',
      },
    ])
    await Promise.all([first.stop(), first.stop()])
    if (linux) expect(processesOf(data)).toEqual([])

    const second = await startEmbeddedPostgres({ data, log })
    expect(await ask(second.connection('owner'), 'select text from kept')).toEqual([{ text: 'tetap ada' }])
    await second.stop()
  })

  test('a path that is too long for a socket: the socket lies in a closed folder under the temp folder', async () => {
    const data = join(freshFolder(), 'a'.repeat(100))
    mkdirSync(data)
    const postgres = await startEmbeddedPostgres({ data, log })
    const folder = String(postgres.superuser().host)
    expect(folder.startsWith(tmpdir())).toBe(true)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(await ask(postgres.connection('worker'), 'select current_user as me')).toEqual([{ me: 'pandu_worker' }])
    await postgres.stop()
    rmSync(folder, { recursive: true })
  })

  test('libraries that the package lists are linked even where its install script did not run', async () => {
    const folder = freshFolder()
    const binaries = linkedPackage(folder)
    for (const { target } of JSON.parse(readFileSync(join(binaries, 'native/pg-symlinks.json'), 'utf8')) as {
      target: string
    }[])
      rmSync(join(binaries, target), { force: true })
    const postgres = await startEmbeddedPostgres({ data: made, log, binaries })
    await postgres.stop()
  })

  test('with fsync off it does not run', async () => {
    await expect(startEmbeddedPostgres({ data: made, log, settings: { fsync: 'off' } })).rejects.toThrow(/fsync off/)
  })
})

describe.runIf(linux)('killed', () => {
  test('kill -9 of Pandu: PostgreSQL stops by itself, the next start works', async () => {
    const data = made
    const first = startKeeper(data)
    const { up } = await first.until('up')
    first.kill()
    await until(() => gone(up ?? 0))
    const second = startKeeper(data)
    await second.until('up')
    expect(await second.stop()).toBe(0)
    expect(processesOf(data)).toEqual([])
  })

  test('kill -9 of Pandu, and a start at once', async () => {
    const data = made
    const first = startKeeper(data)
    await first.until('up')
    first.kill()
    const second = startKeeper(data)
    await second.until('up')
    await second.stop()
  })

  test('kill -9 of everything: the pid file is stale, the next start recovers', async () => {
    const data = made
    const first = startKeeper(data)
    await first.until('up')
    killHard(processesOf(data).map((one) => one.pid))
    await first.ended
    expect(existsSync(join(data, 'pg/postmaster.pid'))).toBe(true)
    const second = startKeeper(data)
    await second.until('up')
    await second.stop()
  })

  test('Pandu and the leash killed: PostgreSQL is an orphan, and the next start replaces it', async () => {
    const data = made
    const first = startKeeper(data)
    const { up } = await first.until('up')
    killHard(
      processesOf(data)
        .filter((one) => one.args.includes('pandu-postgres'))
        .map((one) => one.pid),
    )
    first.kill()
    await first.ended
    expect(gone(up ?? 0)).toBe(false)
    const second = startKeeper(data)
    const again = await second.until('up')
    expect(again.up).not.toBe(up)
    await second.stop()
  })

  test('a pid file whose number now belongs to a stranger does not stop the start', async () => {
    const data = made
    const { uid, gid } = statSync(join(data, 'pg'))
    const stranger = spawn('sleep', ['60'], root ? { uid, gid } : {})
    const path = join(data, 'pg/postmaster.pid')
    writeFileSync(path, [stranger.pid, join(data, 'pg'), 1, 5432, join(data, 'run'), '', '', 'ready   ', ''].join('\n'))
    chownSync(path, uid, gid)
    const keeper = startKeeper(data)
    await keeper.until('up')
    await keeper.stop()
    stranger.kill('SIGKILL')
  })

  test('kill -9 of PostgreSQL: said, restarted, locked again; the fourth time within a minute it is given up', async () => {
    const data = made
    const keeper = startKeeper(data)
    let { up: pid = 0 } = await keeper.until('up')
    for (const time of [1, 2, 3]) {
      killHard([pid])
      await keeper.until('lost', time)
      const back = await keeper.until('back', time)
      expect(back.back).not.toBe(pid)
      pid = back.back ?? 0
    }
    const rival = startKeeper(data)
    expect(await rival.until('fault')).toMatchObject({ fault: 'InstanceRunning' })
    killHard([pid])
    expect((await keeper.until('given_up')).given_up).toContain('more than 3 times within a minute')
    expect(await keeper.stop()).toBe(0)
    expect(processesOf(data)).toEqual([])
  })

  test('kill -9 of PostgreSQL under load: what was confirmed is there, and a query that never ends does not hold it up', async () => {
    const data = made
    const keeper = startKeeper(data)
    const up = await keeper.until('up')
    await ask(superuser(up), 'create table if not exists written (number int)')
    const [before] = await ask<{ count: number }>(superuser(up), 'select count(*)::int as count from written')
    let confirmed = 0
    const writers = [1, 2, 3, 4].map(async () => {
      const client = new Client(superuser(up))
      client.on('error', () => undefined)
      await client.connect()
      for (;;) {
        await client.query('insert into written values (1)')
        confirmed += 1
      }
    })
    const endless = ask(superuser(up), 'select count(*) from generate_series(1, 1e15)')
    const ends = Promise.allSettled([endless, ...writers])
    await until(() => confirmed > 200)
    killHard([up.up ?? 0])
    await keeper.until('back')
    expect((await ends).map((one) => one.status)).not.toContain('fulfilled')
    const [after] = await ask<{ count: number }>(superuser(up), 'select count(*)::int as count from written')
    expect((after?.count ?? 0) - (before?.count ?? 0)).toBeGreaterThanOrEqual(confirmed)
    await keeper.stop()
  })

  test('kill -9 of one of its processes: it lives on, and the lock is taken again', async () => {
    const data = made
    const keeper = startKeeper(data)
    const up = await keeper.until('up')
    const [backend] = await ask<{ pid: number }>(
      superuser(up),
      `select pid from pg_stat_activity where application_name = 'pandu test'`,
    )
    killHard([backend?.pid ?? 0])
    expect((await keeper.until('back')).back).toBe(up.up)
    const rival = startKeeper(data)
    expect(await rival.until('fault')).toMatchObject({ fault: 'InstanceRunning' })
    await keeper.stop()
  })

  test('the leash alone is killed: PostgreSQL does not become an orphan', async () => {
    const data = made
    const keeper = startKeeper(data)
    const { up } = await keeper.until('up')
    const [shell] = processesOf(data).filter((one) => one.args.includes('pandu-postgres'))
    killHard([shell?.pid ?? 0])
    expect((await keeper.until('back')).back).not.toBe(up)
    await keeper.stop()
    expect(processesOf(data)).toEqual([])
  })

  test('initdb killed half-way leaves nothing that looks like a database', async () => {
    const data = freshFolder()
    const first = startKeeper(data)
    const half = () => readdirSync(data).find((name) => name.startsWith('pg.new'))
    await until(() => existsSync(join(data, half() ?? '-', 'PG_VERSION')))
    first.kill()
    killHard(processesOf(data).map((one) => one.pid))
    await first.ended
    expect(existsSync(join(data, 'pg'))).toBe(false)
    const second = startKeeper(data)
    await second.until('up')
    expect(half()).toBeUndefined()
    await second.stop()
  })
})

describe.runIf(linux)('two on one data folder', () => {
  test('the second is refused in one line, the first goes on', async () => {
    const data = made
    const first = startKeeper(data)
    const up = await first.until('up')
    const second = startKeeper(data)
    const { fault, message } = await second.until('fault')
    expect(fault).toBe('InstanceRunning')
    expect(message).toMatch(/^Another Pandu \(pandu test\) runs on the data folder .*set PANDU_DATA to another folder$/)
    expect(await ask(superuser(up), 'select 1 as one')).toEqual([{ one: 1 }])
    expect(first.said).toHaveLength(1)
    await first.stop()
  })

  test.for(['new', 'old'])('at the same instant on a folder that is %s: exactly one wins', async (kind) => {
    const data = kind === 'new' ? freshFolder() : made
    const both = [startKeeper(data), startKeeper(data)]
    const outcomes = await Promise.all(
      both.map((one) =>
        Promise.race([one.until('up'), one.until('fault')]).catch(
          // Its last word and its end may be heard at once, and whoever waits for "up" may be told of the end first.
          (error: unknown) => one.said[0] ?? ({ message: String(error) } as Said),
        ),
      ),
    )
    expect(outcomes.filter((one) => one.up)).toHaveLength(1)
    expect(outcomes.filter((one) => one.fault)).toMatchObject([{ fault: 'InstanceRunning' }])
    const winner = outcomes.find((one) => one.up) as Said
    expect(await ask(superuser(winner), 'select 1 as one')).toEqual([{ one: 1 }])
    await Promise.all(both.map((one) => one.stop()))
  })
})

describe('a data folder that cannot be served', () => {
  test('made by another major version: said, and nothing is changed', async () => {
    const data = freshFolder()
    mkdirSync(join(data, 'pg'))
    const path = join(data, 'pg/PG_VERSION')
    writeFileSync(path, '16\n')
    await expect(startEmbeddedPostgres({ data, log })).rejects.toThrow(
      /made by PostgreSQL 16, and this Pandu brings PostgreSQL 18; nothing was changed/,
    )
    expect(readFileSync(path, 'utf8')).toBe('16\n')
  })

  test('a full disk at the first and at a later start', async ({ skip }) => {
    const disk = freshFolder()
    const small = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=755', 'none', disk])
    if (small.status !== 0) skip('a small disk can only be mounted by root')
    try {
      const data = join(disk, 'data')
      const filler = join(disk, 'filler')
      fill(filler, 130)
      await expect(startEmbeddedPostgres({ data, log })).rejects.toThrow(
        /disk of .* is full; everything confirmed before is kept/,
      )
      rmSync(filler)
      const postgres = await startEmbeddedPostgres({ data, log })
      await ask(postgres.connection('owner'), `create table kept as select 1 as one`)
      await postgres.stop()
      fill(filler, 160)
      await expect(startEmbeddedPostgres({ data, log })).rejects.toThrow(/disk of .* is full/)
      rmSync(filler)
      const again = await startEmbeddedPostgres({ data, log })
      expect(await ask(again.connection('owner'), 'select one from kept')).toEqual([{ one: 1 }])
      await again.stop()
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})

describe.runIf(root && linux)('users', () => {
  test('as root, in a folder that nobody else can reach: the database lies outside, and a pointer says where', async () => {
    const closed = freshFolder()
    chmodSync(closed, 0o700)
    const data = join(closed, 'data')
    const first = await startEmbeddedPostgres({ data, log })
    const home = join(first.data_folder, '..')
    folders.push(home)
    expect(home).toMatch(/^\/var\/lib\/pandu\/[0-9a-f]{16}$/)
    expect(readFileSync(join(data, 'postgres-location'), 'utf8').trim()).toBe(home)
    expect(statSync(first.data_folder).uid).not.toBe(0)
    await ask(first.connection('owner'), `create table kept as select 1 as one`)
    await first.stop()
    const second = await startEmbeddedPostgres({ data, log })
    expect(await ask(second.connection('owner'), 'select one from kept')).toEqual([{ one: 1 }])
    await second.stop()

    const copy = join(closed, 'copy')
    execFileSync('cp', ['-a', data, copy])
    await expect(startEmbeddedPostgres({ data: copy, log })).rejects.toThrow(/is a copy of the data folder/)
    rmSync(home, { recursive: true })
    await expect(startEmbeddedPostgres({ data, log })).rejects.toThrow(
      /is not there; everything in the data folder is kept/,
    )
  })

  test('as root, with programs that nobody else can reach: a copy of them is run', async () => {
    const closed = freshFolder()
    chmodSync(closed, 0o700)
    const binaries = linkedPackage(closed)
    const data = made
    const postgres = await startEmbeddedPostgres({ data, log, binaries })
    expect(postgres.data_folder).toBe(join(data, 'pg'))
    expect(readdirSync(data).filter((name) => name.startsWith('binaries-'))).toHaveLength(1)
    await postgres.stop()
  })

  test('an ordinary user runs everything alone, also with programs that only root may change', async ({ skip }) => {
    const nobody = 65534
    const mayRun = spawnSync(
      process.execPath,
      ['-e', `require('fs').readFileSync(${JSON.stringify(import.meta.filename)})`],
      { uid: nobody, gid: nobody, cwd: '/' },
    )
    if (mayRun.status !== 0) skip('this checkout lies where an ordinary user cannot read it')
    const folder = freshFolder()
    const binaries = linkedPackage(folder)
    rmSync(join(binaries, 'native/lib/libicuuc.so.60'))
    const data = join(folder, 'data')
    mkdirSync(data)
    chownSync(data, nobody, nobody)
    const first = startKeeper(data, { binaries, uid: nobody })
    const { up, cluster } = await first.until('up')
    expect(cluster).toBe(join(data, 'pg'))
    expect(statSync(`/proc/${up}`).uid).toBe(nobody)
    await first.stop()

    // Root later, on the same folder: it runs as the folder's owner, not as another.
    const asRoot = await startEmbeddedPostgres({ data, log })
    expect(statSync(`/proc/${asRoot.pid}`).uid).toBe(nobody)
    await asRoot.stop()
  })
})

/** Writes until it is that long, or until the disk is full. */
function fill(path: string, megabytes: number): void {
  spawnSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=64k', `count=${megabytes * 16}`])
}
