/** A real Kannel with a configuration, store and logs of its own; the network behind it is the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../e2e/start-pandu.ts'
import type { Programs, Wanted } from './debian.ts'

export const KANNEL: Wanted = {
  name: 'kannel',
  packages: ['kannel'],
  paths: ['usr/sbin/bearerbox', 'usr/sbin/smsbox'],
}
const START_MAX_MS = 60_000
/** By which Pandu sends. */
export const USER = 'pandu'
export const PASSWORD = 'rahasia'

export type Kannel = {
  /** For `PANDU_SMS_GATEWAY`, behind `kannel:`. */
  sendsms_url: string
  /** A network of its own behind it: bearerbox's "fake" link, a line a message. It must be open for anything to go out. */
  openNetwork(): Promise<Network>
  /** `kill -9` of the box that speaks HTTP; the other one stays. */
  killSmsbox(): Promise<void>
  startSmsbox(): Promise<void>
  /** `kill -9` of the box that keeps what waits. */
  killBearerbox(): Promise<void>
  startBearerbox(): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
}

/** A message as the fake link writes it, and when it came (`performance.now()`). */
export type Sms = { from: string; to: string; bytes: Buffer; header: Buffer | null; at_ms: number }
export type Network = {
  /** Somebody writes to us. With a header (bytes) it is a part, and its text may be any bytes. */
  write(from: string, to: string, text: string | Buffer, header?: Buffer): void
  /** What went out through this network so far. */
  readonly out: readonly Sms[]
  close(): void
}

export type KannelPlan = {
  /** The line `get-url = …` or `post-url = …`. */
  service: string
  /** An SMSC that speaks SMPP, on a port of the loopback address. */
  smpp_port?: number
  /** For its way out, where somebody must know it before; else a free one. */
  sendsms_port?: number
  /** Reports survive a restart of Kannel: they lie in SQLite. */
  keeps_reports?: boolean
}

/** Starts bearerbox and smsbox on free ports, as docs/channels.md says that they are set up for Pandu. */
export async function startKannel({ root }: Programs, plan: KannelPlan): Promise<Kannel> {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-kannel-'))
  const [admin, boxes] = await freePorts()
  const [network, free] = await freePorts()
  const sendsms = plan.sendsms_port ?? free
  const ports = { admin, boxes, network, sendsms }
  await writeFile(join(folder, 'kannel.conf'), await configuration(folder, ports, plan))
  if (plan.keeps_reports) await makeReportsTable(folder)
  const libraries = ['usr/lib', 'lib'].map((path) => join(root, path, triplet())).join(':')
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...(root === '/' ? {} : { LD_LIBRARY_PATH: libraries }) }

  const start = async (box: 'bearerbox' | 'smsbox', port: number): Promise<ChildProcess> => {
    const child = spawn(join(root, 'usr/sbin', box), ['-v', '4', join(folder, 'kannel.conf')], {
      env,
      stdio: 'ignore',
      cwd: folder,
    })
    const deadline = Date.now() + START_MAX_MS
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${box} ended:\n${await log()}`)
      if (await (box === 'smsbox' ? answers : listens)(port)) return child
      if (Date.now() > deadline) throw new Error(`${box} does not listen:\n${await log()}`)
      await pause(50)
    }
  }
  const log = async () =>
    (
      await Promise.all(
        ['bearerbox', 'smsbox'].map((box) => readFile(join(folder, `${box}.log`), 'utf8').catch(() => '')),
      )
    ).join('\n')
  let bearerbox = await start('bearerbox', boxes)
  let smsbox = await start('smsbox', sendsms)
  const networks = new Set<Network>()

  return {
    sendsms_url: `http://${USER}:${PASSWORD}@127.0.0.1:${sendsms}/cgi-bin/sendsms`,
    async openNetwork() {
      const opened = await openNetwork(network)
      networks.add(opened)
      return opened
    },
    killSmsbox: () => end(smsbox, 'SIGKILL'),
    startSmsbox: async () => void (smsbox = await start('smsbox', sendsms)),
    killBearerbox: () => end(bearerbox, 'SIGKILL'),
    startBearerbox: async () => void (bearerbox = await start('bearerbox', boxes)),
    log,
    async stop() {
      for (const one of networks) one.close()
      // Asked kindly it waits for everybody else first, for half a minute.
      await end(smsbox, 'SIGKILL')
      await end(bearerbox, 'SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

const triplet = () => (process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu')

const listens = (port: number) =>
  new Promise<boolean>((answer) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.destroy() && answer(true)).once('error', () => answer(false))
  })

/** It listens a moment before it can answer. */
const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/cgi-bin/sendsms`).then(
    ({ status }) => status === 403,
    () => false,
  )

type Ports = { admin: number; boxes: number; network: number; sendsms: number }

/** What docs/channels.md says, with the paths and ports of a test, and a fake network beside the operator's. */
async function configuration(folder: string, ports: Ports, plan: KannelPlan): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../docs/channels.md'), 'utf8')
  const [documented = '', reports = ''] = [...page.matchAll(/```\n(group = [^]*?)```/g)].map(([, text]) => text!)
  const operator =
    plan.smpp_port === undefined ? '' : 'allowed-smsc-id = OPERATOR\nhost = 127.0.0.1\nport = ' + plan.smpp_port
  return [
    ...(plan.smpp_port === undefined ? [[/group = smsc\n[^]*?\n\n/, '']] : []),
    [/host = smsc\.operator\.contoh\nport = 2775/, operator],
    [/13000/g, ports.admin],
    [/13001/g, ports.boxes],
    [/13013/g, ports.sendsms],
    [/\/var\/(log|spool)\/kannel/g, folder],
    [/http-queue-delay = 10/, 'http-queue-delay = 1'],
    [/post-url = .*/, plan.service],
    ...(plan.keeps_reports ? [[/dlr-storage = internal/, 'dlr-storage = sqlite3']] : []),
    [
      /$/,
      fakeGroup(ports.network, plan.smpp_port !== undefined) +
        (plan.keeps_reports ? reports.replaceAll('/var/spool/kannel', folder) : ''),
    ],
  ].reduce((text, [from, to]) => text.replace(from as RegExp, () => String(to)), documented)
}

const fakeGroup = (port: number, beside_another: boolean) =>
  [
    '',
    'group = smsc',
    'smsc = fake',
    'smsc-id = PALSU',
    `port = ${port}`,
    'connect-allow-ip = 127.0.0.1',
    // What is sent names its way (smsc=).
    ...(beside_another ? ['allowed-smsc-id = PALSU'] : []),
    '',
    '',
  ].join('\n')

async function makeReportsTable(folder: string): Promise<void> {
  const page = await readFile(join(import.meta.dirname, '../../docs/channels.md'), 'utf8')
  const [, statement = ''] = /dlr\.db '(create table [^']*)'/.exec(page) ?? []
  const database = new DatabaseSync(join(folder, 'dlr.db'))
  database.exec(statement)
  database.close()
}

/** The fake link: lines "sender receiver kind content", in both directions. */
async function openNetwork(port: number): Promise<Network> {
  const socket: Socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const out: Sms[] = []
  let rest = ''
  socket
    .on('error', () => undefined)
    .on('data', (bytes) => {
      const lines = `${rest}${bytes.toString()}`.split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const last = out.at(-1)
        // The link writes a line break within a text as it is.
        if (/^\S+ \+?\d+ [a-z\d-]+ /.test(line) || !last) out.push(readLine(line))
        else last.bytes = Buffer.concat([last.bytes, Buffer.from(`\n${line}`)])
      }
    })
  return {
    write(from, to, text, header) {
      const content = header
        ? `udh ${percent(header)} ${percent(Buffer.from(text as string))}`
        : typeof text === 'string'
          ? `text ${text}`
          : `data ${percent(text)}`
      socket.write(`${from} ${to} ${content}\n`)
    },
    out,
    close: () => socket.destroy(),
  }
}

const percent = (bytes: Buffer) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** "… text words", "… data %A9%B1", "… udh %05%00%03%02%02%01 data kata+panjang". */
function readLine(line: string): Sms {
  const [from = '', to = '', kind, ...rest] = line.split(' ')
  const at_ms = performance.now()
  if (kind === 'text') return { from, to, bytes: Buffer.from(rest.join(' ')), header: null, at_ms }
  const header = kind === 'udh' ? bytesOf(rest[0] ?? '') : null
  return { from, to, bytes: bytesOf(rest.at(-1) ?? ''), header, at_ms }
}

const bytesOf = (encoded: string) =>
  Buffer.from(
    encoded
      .replaceAll('+', ' ')
      .replace(/%([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
