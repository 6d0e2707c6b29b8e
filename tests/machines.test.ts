/**
 * Step 3 of docs/running.md as it is run: an older PostgreSQL of the ministry's own, into which a backup of one machine was restored, two
 * `pandu web` and two `pandu worker`, each with a data folder of its own and one folder of blobs between them.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/server/platform/embedded-postgres.ts'
import { openLog } from '../src/server/platform/log.ts'
import { linkIn, sendMail, startMailSink, type MailSink } from './e2e/mail.ts'
import { putCluster } from './e2e/prepared-cluster.ts'
import { buildPages, freePorts, MAIL_DOMAIN, startPandu } from './e2e/start-pandu.ts'
import { bareEnvironment } from '../src/server/platform/testing-environment.ts'

const HOUSE = resolve(import.meta.dirname, '..')
const SECRET = 'rahasia contoh untuk semua mesin dari satu pandu'
const PASSWORD = 'jembatan biru di atas sungai'
const log = openLog({ PANDU_LOG: 'silent' })

interface Machine {
  part: 'web' | 'worker'
  child: ChildProcess
  /** All that it printed. */
  log: () => string
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number>
}

let folder: string
let outside: EmbeddedPostgres
let mails: MailSink
let settings: Record<string, string>
const machines: Machine[] = []
const [webs, workers] = [[] as { port: number; smtp_port: number }[], [] as Machine[]]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pandu-machines-'))
  await chmod(folder, 0o755)
  await buildPages()
  mails = await startMailSink()
  outside = await anOutsidePostgres()
  const socket = encodeURIComponent(String(outside.superuser().host))
  settings = {
    DATABASE_URL: `postgres:///bantuan?host=${socket}&port=5432&user=tuan`,
    PANDU_SECRET: SECRET,
    PANDU_MAIL_DOMAIN: MAIL_DOMAIN,
    PANDU_MAIL_RELAY: mails.url,
    PANDU_HOST: '127.0.0.1',
    PANDU_LOG: 'info',
  }
}, 300_000)
afterAll(async () => {
  for (const { child } of machines) child.kill('SIGKILL')
  await outside?.stop()
  await mails?.close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

/** PostgreSQL 17 where its package is there, with an owner who may make roles and an empty database. */
async function anOutsidePostgres(): Promise<EmbeddedPostgres> {
  let binaries: string | undefined
  try {
    const name = `embedded-postgres-17-${process.platform}-${process.arch}`
    binaries = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    // Not on this platform: it is then of our own version.
  }
  const server = await startEmbeddedPostgres({ data: join(folder, 'server'), log, ...(binaries ? { binaries } : {}) })
  const admin = new Client(server.superuser())
  await admin.connect()
  await admin.query('drop database pandu')
  await admin.query('drop role pandu_web, pandu_worker, pandu_search, pandu_owner')
  await admin.query('create role tuan login createrole')
  await admin.query('create database bantuan owner tuan')
  await writeFile(
    join(server.data_folder, 'pg_hba.conf'),
    'local all postgres,tuan trust\nlocal all all scram-sha-256\n',
  )
  await admin.query('select pg_reload_conf()')
  await admin.end()
  return server
}

const ask = async <Row extends object>(question: string): Promise<Row[]> => {
  const client = new Client({ ...outside.superuser(), database: 'bantuan' })
  await client.connect()
  try {
    return (await client.query<Row>(question)).rows
  } finally {
    await client.end()
  }
}

const environment = (data: string, more: Record<string, string> = {}) => ({
  ...bareEnvironment(),
  PANDU_DATA: data,
  ...settings,
  ...more,
})

/** A verb of the command line on the first machine. */
const verb = (data: string, words: string[], more: Record<string, string> = {}) =>
  new Promise<{ code: number; out: string; all: string }>((answer) =>
    execFile(
      process.execPath,
      ['src/cli.ts', ...words],
      { cwd: HOUSE, env: environment(data, { PANDU_LOG: 'warn', ...more }) },
      (error, out, err) => answer({ code: error ? Number(error.code ?? -1) : 0, out, all: out + err }),
    ),
  )

/** One machine: its own data folder with the shared blobs and the passwords that the first one was given. */
async function startMachine(part: Machine['part'], more: Record<string, string> = {}): Promise<Machine> {
  const data = join(folder, `machine-${machines.length}`)
  await mkdir(data)
  await symlink(join(folder, 'first', 'blobs'), join(data, 'blobs'))
  await copyFile(join(folder, 'first', 'database-passwords.json'), join(data, 'database-passwords.json'))
  const child = spawn(process.execPath, ['src/cli.ts', part], {
    cwd: HOUSE,
    env: environment(data, more),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const machine: Machine = {
    part,
    child,
    log: () => printed,
    async stop() {
      const exit = once(child, 'exit') as Promise<[number | null]>
      child.kill('SIGTERM')
      return (await exit)[0] ?? -1
    },
  }
  machines.push(machine)
  await expect
    .poll(() => (child.exitCode === null ? printed : `it ended: ${printed}`), { timeout: 60_000 })
    .toContain('Pandu is ready')
  return machine
}

test(
  'a backup of PostgreSQL 18 on one machine is restored into the outside, older PostgreSQL and is sound there',
  { timeout: 240_000 },
  async () => {
    const file = join(folder, 'satu.pandu')
    const data = join(folder, 'one')
    await mkdir(data)
    await putCluster(data)
    const one = await startPandu({ env: { PANDU_MAIL_RELAY: mails.url }, data })
    await sendMail(one.smtp_port, {
      from: 'sari@contoh.example',
      to: `helpdesk@${MAIL_DOMAIN}`,
      subject: 'Pencetak',
      text: 'Pencetak kami mati.',
      attachments: [{ filename: 'foto.png', content: Buffer.alloc(300_000, 7) }],
    })
    await mails.waitFor((mail) => mail.to.includes('sari@contoh.example'))
    const made = await verb(one.data, ['backup', file], { DATABASE_URL: '', PANDU_SECRET: '' })
    expect(made.code, made.all).toBe(0)
    expect(await one.stop({ keep: true })).toBe(0)

    const first = join(folder, 'first')
    // The links and reply addresses that people hold are signed with the backup's secret: another one may not take its place unseen.
    const foreign = await verb(first, ['restore', file])
    expect(foreign).toMatchObject({ code: 1, all: expect.stringContaining('PANDU_SECRET') })
    expect(await ask(`select from pg_tables where schemaname = 'public'`)).toEqual([])
    const restored = await verb(first, ['restore', file], { PANDU_SECRET: '' })
    expect(restored.code, restored.all).toBe(0)
    const [server] = await ask<{ major: number }>(`select current_setting('server_version_num')::int / 10000 as major`)
    expect(server!.major).toBeLessThanOrEqual(18)
    const verdict = await verb(first, ['verify', '--json'], { PANDU_SECRET: '' })
    expect(verdict.code, verdict.all).toBe(0)
    expect(verdict.out).toContain('"tickets":1')
    expect(verdict.out).toMatch(/"blobs":[12]\b/)
    settings['PANDU_SECRET'] = (await readFile(join(first, 'secret'), 'utf8')).trim()
  },
)

test(
  'two web and two worker processes are one Pandu: mail on one web, its page on the other, its news at an open desk, its jobs on a worker',
  { timeout: 300_000 },
  async () => {
    const ports = [await freePorts(), await freePorts()]
    settings['PANDU_ORIGIN'] = `http://localhost:${ports[0]![0]}`
    for (const [port, smtp_port] of ports) {
      await startMachine('web', { PANDU_PORT: String(port), PANDU_SMTP_PORT: String(smtp_port) })
      webs.push({ port, smtp_port })
    }
    // Nobody works yet, and a load balancer is told so.
    const ready = (port: number) => fetch(`http://127.0.0.1:${port}/readyz`)
    expect((await ready(webs[0]!.port)).status).toBe(503)
    workers.push(await startMachine('worker'), await startMachine('worker'))
    for (const { port } of webs)
      await expect.poll(async () => (await ready(port)).status, { timeout: 30_000 }).toBe(200)

    const [here, there] = webs as [(typeof webs)[0], (typeof webs)[0]]
    const cookie = await signIn(here.port)
    const news = await openDesk(there.port, cookie)
    await sendMail(here.smtp_port, {
      from: 'budi@contoh.example',
      to: `helpdesk@${MAIL_DOMAIN}`,
      subject: 'Layar',
      text: 'Layar kami gelap.',
    })
    const acknowledged = await mails.waitFor((mail) => mail.to.includes('budi@contoh.example'))
    const follow = new URL(linkIn(acknowledged, '/follow/')).pathname
    expect(await (await fetch(`http://127.0.0.1:${there.port}${follow}`)).text()).toContain('Layar kami gelap.')
    const [ticket] = await ask<{ id: string }>('select id from tickets order by number desc limit 1')
    await expect.poll(news, { timeout: 20_000 }).toContain(ticket!.id)
  },
)

test(
  'a worker that is killed is replaced by the other; SIGTERM ends each process with 0; all is sound afterwards',
  { timeout: 300_000 },
  async () => {
    const [dead, alive] = workers as [Machine, Machine]
    dead.child.kill('SIGKILL')
    await once(dead.child, 'exit')
    await sendMail(webs[1]!.smtp_port, {
      from: 'tini@contoh.example',
      to: `helpdesk@${MAIL_DOMAIN}`,
      subject: 'Jaringan',
      text: 'Jaringan putus.',
    })
    await mails.waitFor((mail) => mail.to.includes('tini@contoh.example'), 60_000)
    const others = machines.filter((machine) => machine !== dead && machine !== alive)
    expect(await Promise.all(others.map((machine) => machine.stop()))).toEqual([0, 0])
    expect(await alive.stop()).toBe(0)
    for (const machine of machines) expect(machine.log()).not.toMatch(/"level":(50|60)|a bug ended/)
    const verdict = await verb(join(folder, 'first'), ['verify', '--json'])
    expect(verdict.code, verdict.all).toBe(0)
    expect(verdict.out).toContain('"tickets":3')
    // Each was told once, by whichever worker it was.
    expect(mails.mails.map(({ to }) => to[0]).sort()).toEqual([
      'budi@contoh.example',
      'sari@contoh.example',
      'tini@contoh.example',
    ])
  },
)

/** An administrator by the command line; answers the cookie of their session. */
async function signIn(port: number): Promise<string> {
  const added = await verb(join(folder, 'first'), [
    'user',
    'add',
    'ani@contoh.example',
    'Ani Contoh',
    '--administrator',
  ])
  expect(added.code, added.all).toBe(0)
  const { pathname } = new URL(/https?:\/\/\S+\/invite\/\S+/.exec(added.out)![0])
  const answer = await fetch(`http://127.0.0.1:${port}${pathname}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: settings['PANDU_ORIGIN']!, accept: 'text/html' },
    body: new URLSearchParams({ password: PASSWORD, password_again: PASSWORD }),
  })
  expect(answer.status, await answer.text()).toBe(303)
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** The stream of news of an open desk; answers what came so far. */
async function openDesk(port: number, cookie: string): Promise<() => string> {
  const answer = await fetch(`http://127.0.0.1:${port}/desk/live`, { headers: { cookie } })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  let heard = ''
  const read = async () => {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) heard += chunk
  }
  // It ends with its process.
  read().catch(() => undefined)
  return () => heard
}
