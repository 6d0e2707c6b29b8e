/** Load from this process: the generator runs on the same cores as what it measures, and every table says so. */
import { connect, type Socket } from 'node:net'

export interface Measured {
  per_s: number
  p50_ms: number
  p95_ms: number
  p99_ms: number
  count: number
}

/**
 * `connections` askers, each asking again as soon as it was answered, for so long; a fifth of it before that warms and does not count.
 * `ask` gets its asker's number and a running number; an answer that is wrong throws and ends the run.
 */
export async function closedLoop(
  connections: number,
  seconds: number,
  ask: (asker: number, turn: number) => Promise<void>,
): Promise<Measured> {
  const warm_until = performance.now() + seconds * 200
  const until = warm_until + seconds * 1_000
  const times: number[] = []
  let turn = 0
  const asker = async (number: number) => {
    for (;;) {
      const begun = performance.now()
      if (begun > until) return
      await ask(number, turn++)
      if (begun > warm_until) times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, number) => asker(number)))
  return { per_s: times.length / seconds, ...quantiles(times) }
}

export function quantiles(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), count: sorted.length }
}

export interface Answer {
  status: number
  headers: Map<string, string>
  cookies: string[]
  /** As it came over the wire: compressed, without the head. */
  body: Buffer
  /** Head and body. */
  bytes: number
}

/** One kept connection that asks one thing at a time. Smaller than node:http, because what it costs is taken from the server's cores. */
export class Connection {
  #socket: Socket | null = null
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null
  #received: Buffer = Buffer.alloc(0)
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  async ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    const socket = this.#socket ?? (await this.#open())
    const lines = [`${method} ${path} HTTP/1.1`, `host: localhost:${this.#port}`, 'accept: text/html']
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    if (body) lines.push(`content-length: ${Buffer.byteLength(body)}`)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
    })
  }

  close() {
    this.#socket?.destroy()
  }

  #open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true })
    const lost = (error: Error) => {
      this.#socket = null
      this.#waiting?.reject(error)
      this.#waiting = null
    }
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('close', () => lost(new Error('the connection was closed')))
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => (lost(error), reject(error)))
      socket.once('connect', () => {
        this.#socket = socket
        resolve(socket)
      })
    })
  }

  #read(chunk: Buffer) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const answer = parse(this.#received)
    if (!answer) return
    this.#received = Buffer.alloc(0)
    const waiting = this.#waiting
    this.#waiting = null
    if (answer.headers.get('connection') === 'close') {
      this.#socket?.destroy()
      this.#socket = null
    }
    waiting?.resolve(answer)
  }
}

function parse(received: Buffer): Answer | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = received.toString('latin1', 0, end).split('\r\n')
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const) // prettier-ignore
  const headers = new Map(pairs)
  const body = bodyOf(received, end + 4, headers)
  if (!body) return null
  const cookies = pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value.split(';')[0]!)
  return { status: Number(first.split(' ')[1]), headers, cookies, body, bytes: received.length }
}

function bodyOf(received: Buffer, from: number, headers: Map<string, string>): Buffer | null {
  const length = headers.get('content-length')
  if (length !== undefined)
    return received.length >= from + Number(length) ? received.subarray(from, from + Number(length)) : null
  if (headers.get('transfer-encoding') !== 'chunked') return received.subarray(from, from)
  const parts: Buffer[] = []
  for (let at = from; ;) {
    const line = received.indexOf('\r\n', at)
    if (line < 0) return null
    const size = Number.parseInt(received.toString('latin1', at, line), 16)
    if (received.length < line + 2 + size + 2) return null
    if (size === 0) return Buffer.concat(parts)
    parts.push(received.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
