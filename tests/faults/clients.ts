/** Clients that are slow, vanish, say too much, come twice or in thousands; somebody who behaves is served meanwhile. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection, quantiles } from '../../bench/load.ts'
import { memoryOf, processesOf } from '../../bench/processes.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { mailAnswer } from './away.ts'
import { halfMail, halfUpload, listenTo, stages } from './halves.ts'
import type { Ledger } from './ledger.ts'
import { formFields, postForm } from './ways.ts'

const memory = (pandu: RunningPandu) => Math.round(memoryOf(processesOf(pandu.pid, pandu.data)))
/** The crowd comes from these, who behaves from 127.0.0.1: an address has only so many connections for mail. */
const THEIRS = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

export interface Served {
  mail: string
  page: number
  page_ms: number
  health_ms: number
}

async function serve(pandu: RunningPandu): Promise<Served> {
  const timed = async (path: string) => {
    const begun = performance.now()
    const { status } = await fetch(`http://127.0.0.1:${pandu.port}${path}`)
    return { status, ms: Math.round(performance.now() - begun) }
  }
  const page = await timed('/ask')
  const health = await timed('/healthz')
  return { mail: await mailAnswer(pandu), page: page.status, page_ms: page.ms, health_ms: health.ms }
}

export const isServed = ({ mail, page }: Served) => mail === '250' && page === 200

export interface Crowd {
  idle: number
  /** Which the server ended by itself, at once or while we looked. */
  refused: number
  during: Served
  after: Served
  memory_mb: { before: number; during: number; after: number }
}

/** Thousands of connections that say nothing, to both ports. */
export async function crowd(pandu: RunningPandu, idle: number): Promise<Crowd> {
  const before = memory(pandu)
  const sockets: Socket[] = []
  let refused = 0
  try {
    for (let count = 0; count < idle; count++) {
      const socket = connect({
        host: '127.0.0.1',
        port: count % 2 ? pandu.port : pandu.smtp_port,
        localAddress: THEIRS[count % THEIRS.length]!,
      })
      socket.on('error', () => undefined).once('close', () => refused++)
      sockets.push(socket.resume())
      if (count % 200 === 199) await pause(20)
    }
    await pause(500)
    const during = await serve(pandu)
    const with_crowd = memory(pandu)
    const counted = refused
    for (const socket of sockets) socket.destroy()
    await pause(500)
    const after = await serve(pandu)
    return { idle, refused: counted, during, after, memory_mb: { before, during: with_crowd, after: memory(pandu) } }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

export interface Slow {
  clients: number
  alone: { p50_ms: number; p99_ms: number }
  among_them: { p50_ms: number; p99_ms: number }
  /** How many of those who drip at the head of a request were ended within the time that we looked. */
  heads_ended: number
  heads: number
  served: Served
}

/** Clients that send a byte now and then: in a mail, in the head of a request, in its body. `seconds`: how long they are borne. */
export async function slowClients(pandu: RunningPandu, clients: number, seconds: number): Promise<Slow> {
  const looked_seconds = Math.min(20, seconds)
  const alone = await ask(pandu, looked_seconds)
  const sockets: Socket[] = []
  let heads = 0
  let heads_ended = 0
  for (let count = 0; count < clients; count++) {
    const kind = count % 3
    const socket = connect({
      host: '127.0.0.1',
      port: kind === 0 ? pandu.smtp_port : pandu.port,
      localAddress: THEIRS[count % THEIRS.length]!,
    })
    socket.on('error', () => undefined).resume()
    if (kind === 1) {
      heads++
      socket.once('close', () => heads_ended++)
    }
    if (kind === 1) socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nx-lambat: ')
    if (kind === 2)
      socket.write(
        `POST /ask?/send HTTP/1.1\r\nhost: localhost\r\norigin: ${pandu.origin}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100000\r\n\r\ntext=`,
      )
    sockets.push(socket)
    if (count % 200 === 199) await pause(20)
  }
  const dripping = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x')
  }, 2_000)
  try {
    const until = Date.now() + seconds * 1_000
    const among = await ask(pandu, looked_seconds)
    if (Date.now() < until) await pause(until - Date.now())
    return { clients, alone, among_them: among, heads, heads_ended, served: await serve(pandu) }
  } finally {
    clearInterval(dripping)
    for (const socket of sockets) socket.destroy()
  }
}

async function ask(pandu: RunningPandu, seconds: number) {
  const times: number[] = []
  const connection = new Connection(pandu.port)
  const until = performance.now() + seconds * 1_000
  while (performance.now() < until) {
    const begun = performance.now()
    await connection.ask('GET', '/ask')
    times.push(performance.now() - begun)
  }
  connection.close()
  const { p50_ms, p99_ms } = quantiles(times)
  return { p50_ms: Math.round(p50_ms), p99_ms: Math.round(p99_ms) }
}

/** Mails cut at each stage, uploads cut at 0, 1, 50 and 99 %, and uploads that lie about their length. Nothing of them may be there. */
export async function cutOff(
  pandu: RunningPandu,
  ledgers: readonly [Ledger, Ledger],
  times: number,
): Promise<{ cut: number }> {
  let cut = 0
  const next = (ledger: Ledger) => `${ledger.run}.${ledger.next++}`
  for (let turn = 0; turn < times; turn++) {
    for (const stage of stages) {
      const half = await halfMail(pandu, next(ledgers[0]), stage)
      half.cut()
      cut++
    }
    for (const share of [0, 0.01, 0.5, 0.99]) {
      const half = await halfUpload(pandu, next(ledgers[1]), { share, bytes: 200_000 })
      half.cut()
      cut++
    }
    // Longer than what comes: it waits for the rest, which never comes.
    const half = await halfUpload(pandu, next(ledgers[1]), { share: 1, bytes: 1_000, declared: 5_000 })
    half.cut()
    cut++
  }
  return { cut }
}

export interface Doubled {
  mail: string[]
  form: number[]
  api: number[]
}

/** The same mail, form and API request, each many times at the same moment, and once more later. Afterwards each is in its ledger, once. */
export async function doubleAtOnce(
  pandu: RunningPandu,
  [mails, forms, calls]: readonly [Ledger, Ledger, Ledger],
  times: number,
): Promise<Doubled> {
  const names = [mails, forms, calls].map((ledger) => `${ledger.run}.${ledger.next++}`) as [string, string, string]
  const halves = await Promise.all(Array.from({ length: times }, () => halfMail(pandu, names[0], 'last line')))
  const heard = await Promise.all(halves.map((half) => half.finish()))
  const post = async () => {
    const connection = new Connection(pandu.port)
    const { status } = await postForm(pandu, connection, names[1])
    connection.close()
    return status
  }
  const call = async () => {
    const sender = await calls.way.open(pandu)
    const answer = await sender.send(names[2]).then(
      (number) => {
        calls.acknowledged.set(names[2], number)
        return 201
      },
      (error: Error) => Number(/^\d+/.exec(error.message)?.[0] ?? 0),
    )
    sender.close()
    return answer
  }
  const many = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: times }, work))
  const form = [...(await many(post)), await post()]
  const api = [...(await many(call)), await call()]
  if (heard.some((line) => line?.startsWith('250'))) mails.acknowledged.set(names[0], null)
  if (form.includes(303)) forms.acknowledged.set(names[1], null)
  return {
    mail: distinct(heard.map((line) => line?.slice(0, 3) ?? 'no answer')),
    form: distinct(form),
    api: distinct(api),
  }
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)]

export interface Huge {
  /** What a mail host hears: declared size → first answer that decides. */
  mail: Record<string, string>
  upload: Record<string, string>
  memory_mb: { before: number; most: number }
}

/** Sizes at the limit, above it and far above: refused early, and the memory stays as it was. */
export async function hugeThings(pandu: RunningPandu, { poured } = { poured: 100_000_000 }): Promise<Huge> {
  const before = memory(pandu)
  let most = before
  const watching = setInterval(() => (most = Math.max(most, memory(pandu))), 200)
  const mail: Record<string, string> = {}
  for (const size of [26_214_400, 26_214_401, 1e9, 1e10]) mail[size] = await declareMail(pandu, size)
  mail['poured'] = await pourMail(pandu, poured)
  const upload: Record<string, string> = {}
  for (const size of [1e9, 1e10]) upload[size] = await pourUpload(pandu, size)
  clearInterval(watching)
  return { mail, upload, memory_mb: { before, most } }
}

async function declareMail(pandu: RunningPandu, size: number): Promise<string> {
  const socket = connect(pandu.smtp_port, '127.0.0.1')
  const side = listenTo(socket)
  await side.until(/^220 /)
  socket.write('EHLO besar.contoh.id\r\n')
  await side.until(/\n250 /)
  socket.write(`MAIL FROM:<besar@contoh.id> SIZE=${size}\r\n`)
  const answer = await side.until(/\n250 [^\n]*\n(\d{3}) /)
  socket.destroy()
  return answer?.[1] ?? 'closed'
}

/** Says nothing of its size and does not end. */
async function pourMail(pandu: RunningPandu, bytes: number): Promise<string> {
  const half = await halfMail(pandu, 'tumpah.0', 'half', bytes)
  return (await half.finish())?.slice(0, 3) ?? 'closed'
}

/** Declares so much and sends on until it is answered or cut; at most 60 MB. */
async function pourUpload(pandu: RunningPandu, declared: number): Promise<string> {
  const socket = connect(pandu.port, '127.0.0.1')
  const side = listenTo(socket)
  await once(socket, 'connect')
  const fields = new URLSearchParams(formFields('tumpah.1')).toString()
  socket.write(
    `POST /ask?/send HTTP/1.1\r\nhost: localhost\r\norigin: ${pandu.origin}\r\ncontent-type: multipart/form-data; boundary=batas\r\ncontent-length: ${declared}\r\n\r\n` +
      `--batas\r\ncontent-disposition: form-data; name="text"\r\n\r\n${fields}\r\n--batas\r\ncontent-disposition: form-data; name="files"; filename="a.bin"\r\n\r\n`,
  )
  const piece = Buffer.alloc(1_000_000, 'x')
  const answered = () => /^HTTP\/1\.1 (\d{3})/m.exec(side.heard())?.[1]
  for (let sent = 0; sent < 60 && !answered() && !side.isOver(); sent++)
    if (!socket.write(piece)) await Promise.race([side.news(), pause(2_000)])
  const end = Date.now() + 10_000
  while (!answered() && !side.isOver() && Date.now() < end) await pause(50)
  socket.destroy()
  return answered() ?? (side.isOver() ? 'closed' : 'no answer')
}
