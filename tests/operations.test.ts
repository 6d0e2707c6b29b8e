/** A real Pandu in processes of its own, as an administrator meets it: probes, figures, log, stop under load, backup and restore. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putCluster } from './e2e/prepared-cluster.ts'
import { buildPages, freePorts, MAIL_DOMAIN, startPandu, type RunningPandu } from './e2e/start-pandu.ts'
import { bareEnvironment } from '../src/server/platform/testing-environment.ts'

const POSTS = 50
const MAILS = 15
const HOUSE = resolve(import.meta.dirname, '..')

let pandu: RunningPandu
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pandu-operations-'))
  await chmod(folder, 0o755)
  await buildPages()
  const data = join(folder, 'data')
  await mkdir(data)
  await putCluster(data)
  pandu = await startPandu({ env: { PANDU_LOG: 'info' }, data })
}, 300_000)
afterAll(async () => {
  await pandu?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

/** A verb of the command line; answers what it printed on stdout and its exit code. */
const verb = (data: string, ...words: string[]) => verbWith({ PANDU_DATA: data }, ...words)
const verbWith = (settings: Record<string, string>, ...words: string[]) =>
  new Promise<{ code: number; out: string; all: string }>((answer) =>
    execFile(
      process.execPath,
      ['src/cli.ts', ...words],
      { cwd: HOUSE, env: { ...bareEnvironment(), PANDU_LOG: 'warn', ...settings } },
      (error, out, err) => answer({ code: error ? Number(error.code ?? -1) : 0, out, all: out + err }),
    ),
  )

/** What one side of a connection has said, and whether it is over. */
function listen(socket: Socket) {
  let heard = ''
  let over = false
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
  socket.on('error', () => undefined).once('close', () => (over = true))
  return {
    heard: () => heard,
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(heard)) {
        if (over) throw new Error(`the connection ended after: ${heard.slice(-300)}`)
        await Promise.race([once(socket, 'data'), once(socket, 'close')])
      }
    },
  }
}

/** A request by form whose second half is held back. */
async function halfAPost(port: number, number: number) {
  const body = new URLSearchParams({
    text: `Pencetak nomor ${number} berhenti.`,
    province: 'none',
    name: `Orang ${number}`,
    email: `orang${number}@contoh.example`,
    privacy_version: '1',
    consent: 'yes',
  }).toString()
  const socket = connect(port, '127.0.0.1')
  const side = listen(socket)
  socket.write(
    `POST /ask?/send HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:${port}\r\nexpect: 100-continue\r\naccept: text/html\r\n` +
      `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  await side.until(/^HTTP\/1\.1 100 /)
  socket.write(body.slice(0, 40))
  return {
    async finish(): Promise<string> {
      socket.write(body.slice(40))
      await side.until(/HTTP\/1\.1 [2345]\d\d [^\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/)
      socket.end()
      return side.heard()
    },
  }
}

async function halfAMail(port: number, number: number) {
  const socket = connect(port, '127.0.0.1')
  const side = listen(socket)
  await side.until(/^220 /)
  socket.write(`EHLO klien.contoh.id\r\n`)
  await side.until(/\n250 /)
  socket.write(`MAIL FROM:<pengirim${number}@contoh.id>\r\nRCPT TO:<helpdesk@${MAIL_DOMAIN}>\r\nDATA\r\n`)
  await side.until(/\n354 /)
  socket.write(`From: pengirim${number}@contoh.id\r\nTo: helpdesk@${MAIL_DOMAIN}\r\nSubject: Surat ${number}\r\n`)
  return {
    async finish(): Promise<string> {
      socket.write(`Message-ID: <surat${number}@contoh.id>\r\n\r\nTolong.\r\n.\r\n`)
      // The first answer after DATA's 354; the goodbye of the stop may follow at once.
      const reply = /\n354 [^\n]*\n(\d{3} [^\r\n]*)\r\n/
      await side.until(reply)
      socket.end()
      return reply.exec(side.heard())![1]!
    },
  }
}

test('probes answer, figures are for this machine only, and a request leaves one line without its path', async () => {
  const ready = await fetch(`${pandu.origin}/readyz`)
  expect(await ready.json()).toEqual({
    ready: true,
    parts: { database: 'ok', migrations: 'ok', relay: 'ok', worker: 'ok', intake: 'ok' },
  })
  const page = await fetch(`${pandu.origin}/follow/tautan-rahasia-contoh?kata=kunci`, {
    headers: { 'x-request-id': 'palsu' },
  })
  const id = page.headers.get('x-request-id')
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  await expect.poll(() => pandu.log).toContain(`"request_id":"${id}"`)
  const line = JSON.parse(pandu.log.split('\n').find((one) => one.includes(String(id)))!) as Record<string, unknown>
  expect(line).toMatchObject({
    request_id: id,
    method: 'GET',
    route: '/(public)/follow/[token]',
    status: page.status,
    msg: 'request',
  })
  expect(line['ms']).toBeTypeOf('number')
  expect(pandu.log).not.toMatch(/tautan-rahasia|kata=kunci|palsu/)

  const figures = await (await fetch(`${pandu.origin}/metrics`)).text()
  for (const name of [
    /^pandu_http_requests_total\{method="GET",route="\/\(public\)\/follow\/\[token\]",status="\d+"\} 1$/m,
    /^pandu_relay_oldest_seconds /m,
    /^pandu_jobs_due /m,
    /^pandu_intake_oldest_seconds 0$/m,
    /^pandu_pool_connections\{pool="worker",state="idle"\} /m,
    /^nodejs_eventloop_lag_p99_seconds /m,
  ])
    expect(figures).toMatch(name)
  expect((await fetch(`${pandu.origin}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.7' } })).status).toBe(401)
  const made = await verb(pandu.data, 'token', 'create', '--scopes', 'metrics', '--json')
  const { token } = JSON.parse(made.out) as { token: string }
  for (const [authorization, status] of [
    ['Bearer salah', 401],
    [`Bearer ${token}`, 200],
  ] as const) {
    const headers = { authorization, 'x-forwarded-for': '192.0.2.7' }
    expect((await fetch(`${pandu.origin}/metrics`, { headers })).status).toBe(status)
  }
})

test(
  'SIGTERM, twice, in the middle of 50 forms and 15 mails: each is answered, exit 0 in time, and all of them are there afterwards',
  { timeout: 180_000 },
  async () => {
    const idle = connect(pandu.port, '127.0.0.1')
    const [posts, mails] = await Promise.all([
      Promise.all(Array.from({ length: POSTS }, (_, number) => halfAPost(pandu.port, number))),
      Promise.all(Array.from({ length: MAILS }, (_, number) => halfAMail(pandu.smtp_port, number))),
    ])
    const begun = Date.now()
    const stopped = pandu.stop({ keep: true })
    // The door is closed, what is inside goes on.
    const closed = () =>
      new Promise((answer) => {
        const socket = connect(pandu.port, '127.0.0.1')
        socket.once('connect', () => (socket.destroy(), answer(false))).once('error', () => answer(true))
      })
    await expect.poll(closed).toBe(true)
    process.kill(pandu.pid, 'SIGTERM')
    const answers = await Promise.all(posts.map((post) => post.finish()))
    const replies = await Promise.all(mails.map((mail) => mail.finish()))
    expect(answers.filter((answer) => !/HTTP\/1\.1 303 .*\r\n(?:.*\r\n)*location: \/follow\//.test(answer))).toEqual([])
    expect(replies.filter((reply) => !reply.startsWith('250 '))).toEqual([])
    expect(await stopped).toBe(0)
    expect(Date.now() - begun).toBeLessThan(30_000)
    idle.destroy()

    await pandu.restart()
    await expect
      .poll(
        async () =>
          /^pandu_intake_items_total\{channel="email",outcome="ticket"\} 15$/m.test(
            await (await fetch(`${pandu.origin}/metrics`)).text(),
          ),
        {
          timeout: 60_000,
          interval: 500,
        },
      )
      .toBe(true)
    const verdict = await verb(pandu.data, 'verify', '--json')
    expect(verdict.all).toContain(`"tickets":${POSTS + MAILS}`)
    expect(verdict.code, verdict.all).toBe(0)
  },
)

test('a backup of the running Pandu becomes another Pandu that is sound', { timeout: 180_000 }, async () => {
  const passphrase = join(folder, 'passphrase')
  await writeFile(passphrase, 'kunci contoh untuk cadangan\n', { mode: 0o600 })
  const file = join(folder, 'cadangan.pandu')
  const made = await verb(pandu.data, 'backup', file, '--passphrase-file', passphrase)
  expect(made.all).toMatch(/\d+ rows, \d+ attachments, .*; encrypted/)
  expect(made.code).toBe(0)
  const other = join(folder, 'other')
  const [again, locked, check, full] = await Promise.all([
    verb(pandu.data, 'backup', file),
    verb(other, 'restore', file),
    verb(other, 'restore', file, '--check', '--passphrase-file', passphrase),
    verb(pandu.data, 'restore', file, '--passphrase-file', passphrase),
  ])
  expect(again).toMatchObject({ code: 1, all: expect.stringContaining('exists already') })
  expect(locked).toMatchObject({ code: 1, all: expect.stringContaining('--passphrase-file') })
  expect(check.code, check.all).toBe(0)
  expect(full).toMatchObject({ code: 1, all: expect.stringContaining('not empty') })

  const restored = await verb(other, 'restore', file, '--passphrase-file', passphrase)
  expect(restored.all).toContain('Restored:')
  // Nobody brought the list of erasures along: that is said loudly, and goes on being said.
  expect(restored.all).toContain('WARNING: whoever was erased after')
  expect((await verb(other, 'doctor', '--json')).out).toContain('"about":"erasures","ok":false')
  const verdict = await verb(other, 'verify', '--json')
  expect(verdict.code, verdict.all).toBe(0)
  expect(verdict.out).toContain(`"tickets":${POSTS + MAILS}`)
})

test(
  'the doctor says what is fine, what is wrong and what to do, and shows no password',
  { timeout: 120_000 },
  async () => {
    const settings = {
      PANDU_DATA: pandu.data,
      PANDU_PORT: String(pandu.port),
      PANDU_SMTP_PORT: String(pandu.smtp_port),
      PANDU_MAIL_DOMAIN: MAIL_DOMAIN,
      PANDU_ORIGIN: pandu.origin,
    }
    const findings = async (more: Record<string, string> = {}) => {
      const { code, out, all } = await verbWith({ ...settings, ...more }, 'doctor', '--json')
      expect(all).not.toContain('sandi-rahasia')
      expect(code, all).toBe(1)
      return new Map(
        out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { about: string; ok: boolean; says: string; remedy: string | null })
          .map((finding) => [finding.about, finding]),
      )
    }
    // Our own way in serves as the relay.
    const sound = await findings({ PANDU_MAIL_RELAY: `smtp://pengirim:sandi-rahasia@127.0.0.1:${pandu.smtp_port}` })
    const wrong = [...sound.values()].filter(({ ok }) => !ok)
    expect(wrong.map(({ about }) => about)).toEqual(['address'])
    expect(wrong[0]!.remedy).toContain('PANDU_ORIGIN')
    for (const about of [
      'settings',
      'data folder',
      'disk',
      'pages',
      'database',
      'schema',
      'clock',
      'server',
      'mail in',
      'mail relay',
    ])
      expect(sound.get(about), about).toMatchObject({ ok: true })

    const port = String((await freePorts())[0])
    const [ill, nothing] = await Promise.all([
      findings({
        PANDU_PORT: port,
        PANDU_MAIL_RELAY: `smtp://pengirim:sandi-rahasia@127.0.0.1:${port}`,
        PANDU_IMAP_URL: `imap://pengirim:sandi-rahasia@127.0.0.1:${port}/INBOX`,
      }),
      findings({ PANDU_DATA: join(folder, 'nothing') }),
    ])
    expect(ill.get('server')).toMatchObject({ ok: false, remedy: expect.stringContaining('start it') })
    expect(ill.get('mail relay')).toMatchObject({ ok: false, says: expect.stringContaining('ECONNREFUSED') })
    expect(ill.get('mailbox senders')).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('PANDU_MAIL_AUTHSERV_ID'),
    })
    expect(nothing.get('data folder')).toMatchObject({ ok: false })
    expect(nothing.get('database')).toMatchObject({ ok: false, remedy: expect.stringContaining('npm start') })
  },
)
