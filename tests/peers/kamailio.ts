/** A real exchange for tests: Kamailio with the configuration that docs/channels.md shows, and SIPp as the telephones on both sides. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Programs, Wanted } from './debian.ts'

export const EXCHANGE: Wanted = {
  name: 'exchange',
  packages: ['kamailio', 'kamailio-utils-modules', 'sip-tester'],
  paths: ['usr/sbin/kamailio', 'usr/bin/sipp'],
}
const run = promisify(execFile)
const CALLS_MAX_MS = 120_000

export interface Exchange {
  /** So many calls from one number to another, each talking for a moment; ends when the last has ended. */
  call(given: { from: string; to: string; count: number; per_second: number }): Promise<void>
  /** Nobody answers any more: `kill -9` of the telephones behind it. */
  goAway(): Promise<void>
  log(): string
  stop(): Promise<void>
}

/** @param url where Pandu hears of calls */
export async function startExchange({ root }: Programs, url: string): Promise<Exchange> {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-kamailio-'))
  const [exchange, telephones, callers] = [await freeUdpPort(), await freeUdpPort(), await freeUdpPort()]
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
  const libraries = ['usr/lib', 'lib', 'usr/lib/kamailio'].map((path) => join(root, path, triplet)).join(':')
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    TERM: 'dumb',
    ...(root === '/' ? {} : { LD_LIBRARY_PATH: `${libraries}:${join(root, 'usr/lib', triplet, 'kamailio')}` }),
  }
  const page = await readFile(join(import.meta.dirname, '../../docs/channels.md'), 'utf8')
  const documented = /### Kamailio[^]*?```\n([^]*?)```/.exec(page)?.[1]
  if (!documented) throw new Error('docs/channels.md shows no configuration of Kamailio')
  await writeFile(
    join(folder, 'kamailio.cfg'),
    [
      '#!KAMAILIO\ndebug=2\nlog_stderror=yes\nfork=yes\nchildren=4\nauto_aliases=no\n',
      `listen=udp:127.0.0.1:${exchange}\nmpath="${join(root, 'usr/lib', triplet, 'kamailio/modules/')}"\n`,
      documented
        .replaceAll('http://127.0.0.1:8080/channels/phone', url)
        .replaceAll('sip:10.0.0.20:5060', `sip:127.0.0.1:${telephones}`)
        .replace('"fr_timer", 30000', '"fr_timer", 2000'),
    ].join(''),
  )
  const output: string[] = []
  const begin = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(join(root, program), args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => output.push(String(bytes)))
    return child
  }
  // prettier-ignore
  const kamailio = begin('usr/sbin/kamailio', [
    '-DD', '-E', '-f', join(folder, 'kamailio.cfg'), '-w', folder, '-Y', folder, '-P', join(folder, 'kamailio.pid'), '-m', '64', '-M', '8',
  ])
  const sipp = ['-i', '127.0.0.1', '-mi', '127.0.0.1', '-ci', '127.0.0.1', '-nostdin']
  const answering = begin('usr/bin/sipp', ['-sn', 'uas', ...sipp, '-p', String(telephones), '-cp', String(await freeUdpPort()), '-mp', String(await freeUdpPort())]) // prettier-ignore
  const goAway = () => end(answering)
  const stop = async () => {
    await goAway()
    await end(kamailio)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await isUp(exchange, kamailio, () => output.join(''))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async call({ from, to, count, per_second }) {
      // It prints the scenario and ends with an exit code that says nothing.
      const { stdout } = await run(join(root, 'usr/bin/sipp'), ['-sd', 'uac'], { env }).catch(
        (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
      )
      await writeFile(join(folder, 'uac.xml'), stdout.replaceAll('sip:sipp@', `sip:${from}@`))
      // It ends with 1 where calls failed: those are what is wanted of telephones that nobody answers.
      // prettier-ignore
      const child = begin('usr/bin/sipp', [
        '-sf', 'uac.xml', ...sipp, '-p', String(callers), '-cp', String(await freeUdpPort()), '-mp', String(await freeUdpPort()),
        '-s', to, '-m', String(count), '-r', String(per_second), '-d', '200', '-timeout', '100s', `127.0.0.1:${exchange}`,
      ])
      const late = setTimeout(() => child.kill('SIGKILL'), CALLS_MAX_MS)
      await once(child, 'exit')
      clearTimeout(late)
    },
    goAway,
    log: () => output.join('').slice(-4_000),
    stop,
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  // Asked kindly Kamailio ends its children; SIPp waits for its calls.
  child.kill(child.spawnfile.endsWith('sipp') ? 'SIGKILL' : 'SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await exit
  clearTimeout(late)
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Asks with OPTIONS until it answers anything: a SIP port listens before it works. */
async function isUp(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const answered = once(socket, 'message').then(() => true)
  const own = socket.address().port
  const asking = setInterval(() => {
    const lines = [
      `OPTIONS sip:pandu@127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${process.hrtime.bigint()}`,
      'From: <sip:pandu@127.0.0.1>;tag=1',
      `To: <sip:pandu@127.0.0.1:${port}>`,
      `Call-ID: ${process.hrtime.bigint()}@127.0.0.1`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 9',
      'Content-Length: 0',
    ]
    socket.send(`${lines.join('\r\n')}\r\n\r\n`, port, '127.0.0.1', () => undefined)
  }, 100)
  socket.on('error', () => undefined)
  const ended = once(child, 'exit').then(() => false)
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 60_000).unref())
  const up = await Promise.race([answered, ended, late])
  clearInterval(asking)
  socket.close()
  if (!up) throw new Error(`Kamailio does not answer:\n${log().slice(-4_000)}`)
}
