/** Starts a real Pandu as people do, for tests that look at it from outside. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { putCluster } from './prepared-cluster.ts'
import { COMPILED } from '../../src/server/platform/testing-environment.ts'

const BUILD_MAX_MS = 300_000
const HOUSE = resolve(import.meta.dirname, '../..')
const LINK_MAX_MS = 15_000
export const START_MAX_MS = 120_000
export const STOP_MAX_MS = 60_000

/** The domain for which the Pandu of the tests takes mail; nobody can ever own a name that ends in `.test`. */
export const MAIL_DOMAIN = 'pandu.test'

export type RunningPandu = {
  origin: string
  port: number
  smtp_port: number
  /** The data folder; a temporary one is deleted by `stop()`. */
  data: string
  /** The one-time link that makes the administrator, as printed at the first start; fails when none is printed. */
  readonly setup_link: Promise<string>
  /** What it was started with, for another process of the same Pandu. */
  readonly settings: Readonly<Record<string, string>>
  /** All that the process has printed, over all its starts. */
  readonly log: string
  readonly pid: number
  /** Ends it as Ctrl-C does and answers its exit code; deletes a temporary data folder unless told to keep it. */
  stop(options?: { keep?: boolean }): Promise<number>
  /** `kill -9`; the data folder stays. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data; stops it first if it runs. `env` adds settings for this one start. */
  restart(env?: Record<string, string | undefined>): Promise<void>
}

/**
 * Starts the server on free ports, and returns when `/readyz` says that all of it is usable; fails with what it
 * printed when it ends before, or is not ready within two minutes. `env` adds or replaces settings; a value of
 * undefined leaves a setting out. `data` is a folder that is kept; without it a temporary one is made, with a cluster that
 * was made before unless `from_nothing`. With `log_file` it prints into that file, as under a shell's `>`, instead of to us.
 */
export async function startPandu(
  options: { env?: Record<string, string | undefined>; data?: string; log_file?: string; from_nothing?: boolean } = {},
): Promise<RunningPandu> {
  const data = options.data ?? (await temporaryFolder())
  if (options.data === undefined && !options.from_nothing && !options.env?.['DATABASE_URL']) await putCluster(data)
  const [port, smtp_port] = await freePorts()
  const origin = `http://localhost:${port}`
  const settings: Record<string, string | undefined> = {
    ...outsideSettings(),
    NODE_COMPILE_CACHE: COMPILED,
    PANDU_DATA: data,
    PANDU_HOST: '127.0.0.1',
    PANDU_PORT: String(port),
    PANDU_ORIGIN: origin,
    PANDU_SMTP_PORT: String(smtp_port),
    PANDU_MAIL_DOMAIN: MAIL_DOMAIN,
    ...options.env,
  }
  let log = ''
  const given = (more: Record<string, string | undefined> = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries({ ...settings, ...more }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  const begin = (more?: Record<string, string | undefined>) =>
    launch(given(more), (text) => (log += text), options.log_file)
  let child = begin()
  const ended = () => child.exitCode !== null || child.signalCode !== null

  const start = async () => {
    try {
      await waitUntilReady(port, ended)
    } catch (error) {
      child.kill('SIGKILL')
      throw new Error(`Pandu did not start: ${(error as Error).message}. It printed:\n${log.slice(-8_000)}`, {
        cause: error,
      })
    }
  }
  const end = async (signal: NodeJS.Signals) => {
    if (ended()) return
    const exit = once(child, 'exit')
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS)
    await exit
    clearTimeout(late)
  }
  await start().catch(async (error: unknown) => {
    if (options.data === undefined) await rm(data, { recursive: true, force: true })
    throw error
  })

  return {
    origin,
    port,
    smtp_port,
    data,
    settings: given(),
    get setup_link() {
      return printedLink(() => log)
    },
    get log() {
      return log
    },
    get pid() {
      return child.pid ?? 0
    },
    async stop({ keep = options.data !== undefined } = {}) {
      await end('SIGTERM')
      if (!keep) await rm(data, { recursive: true, force: true })
      return child.exitCode ?? -1
    },
    kill: () => end('SIGKILL'),
    async restart(env) {
      await end('SIGTERM')
      child = begin(env)
      await start()
    },
  }
}

/**
 * Builds the pages if a source is newer than the last build, by the same lines as `npm start`. Once before a run, not at
 * each start: a build under a running Pandu would take away files that it has yet to load.
 */
export async function buildPages(): Promise<void> {
  const lines = '. scripts/prepare.sh && find_node && build_pages'
  await promisify(execFile)('sh', ['-c', lines], { cwd: HOUSE, timeout: BUILD_MAX_MS, env: withoutRunner() })
}

// What Vitest puts into the environment of its tests would make another build of the pages.
function withoutRunner(): NodeJS.ProcessEnv {
  const theirs = /^(VITEST.*|NODE_ENV|MODE|DEV|PROD|SSR|TEST|BASE_URL)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !theirs.test(name)))
}

// Readable for all, because the database of a Pandu that root starts runs as another user, below this folder.
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-e2e-'))
  await chmod(folder, 0o755)
  return folder
}

// The settings of whoever runs the tests must not leak into the Pandu under test, except the database that they choose.
function outsideSettings(): Record<string, string | undefined> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PANDU_') || name.startsWith('PANDU_DATABASE_'),
  )
  return Object.fromEntries(entries)
}

function launch(environment: NodeJS.ProcessEnv, print: (text: string) => void, log_file?: string): ChildProcess {
  const out = log_file ? openSync(log_file, 'a') : 'pipe'
  const child = spawn(process.execPath, ['src/cli.ts', 'start'], {
    cwd: HOUSE,
    env: environment,
    stdio: ['ignore', out, out],
  })
  if (typeof out === 'number') closeSync(out)
  child.stdout?.setEncoding('utf8').on('data', print)
  child.stderr?.setEncoding('utf8').on('data', print)
  child.on('error', (error) => print(String(error)))
  const leaveNothing = () => child.kill('SIGKILL')
  process.once('exit', leaveNothing)
  child.once('exit', () => process.removeListener('exit', leaveNothing))
  return child
}

// Printed a moment after the server is ready: it takes a question to the database.
async function printedLink(log: () => string): Promise<string> {
  const deadline = Date.now() + LINK_MAX_MS
  while (Date.now() < deadline) {
    const link = /https?:\/\/\S+\/setup\/[^\s"\\]+(?=\s)/.exec(log())?.[0]
    if (link) return link
    await pause(50)
  }
  throw new Error(`No one-time link was printed:\n${log().slice(0, 4_000)}`)
}

async function waitUntilReady(port: number, ended: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MAX_MS
  let last = 'no answer yet'
  while (Date.now() < deadline) {
    if (ended()) throw new Error('the process ended')
    const { status, body } = await ask(port, '/readyz')
    if (status === 200) return
    last = status ? `/readyz answers ${status} ${body.slice(0, 500)}` : body
    await pause(100)
  }
  throw new Error(`not ready after ${START_MAX_MS / 1000} s: ${last}`)
}

const ask = (port: number, path: string) =>
  new Promise<{ status: number; body: string }>((answer) => {
    const request = get({ host: '127.0.0.1', port, path, timeout: 10_000 }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('close', () => answer({ status: response.statusCode ?? 0, body }))
    })
    request.on('timeout', () => request.destroy(new Error('no answer in 10 s')))
    request.on('error', (error) => answer({ status: 0, body: error.message }))
  })

// Both are open before the first is closed, so that they differ. Another process could still take one in the moment before
// Pandu does; Pandu then says so, and the test fails with that line.
export async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')] as const
  for (const server of servers) if (!server.listening) await once(server, 'listening')
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports as [number, number]
}
