import type { Socket } from 'node:net'
import { netOf } from '../../platform/client-address.ts'

/** One SMTP connection as far as our limits and the end of the process are concerned. */
export interface Link {
  /** What our last words are said to: after STARTTLS the encrypted one. */
  socket: Socket
  /** The connection itself; its bytes are counted. */
  readonly wire: Socket
  /** `taking`: our side is at work; deadlines wait for it. */
  state: 'idle' | 'data' | 'taking'
  /** To be closed after the answer to the mail being taken. */
  leaving: boolean
  /** Recipients whom we refused; a peer that guesses names is sent away. */
  refused: number
  /** When the envelope or the DATA in hand was begun, by the monotonic clock, and how much the peer had sent by then. */
  began_at: number
  began_bytes: number
  /** Ends the connection, and an envelope that is never finished. */
  deadline: NodeJS.Timeout | undefined
  envelope_deadline: NodeJS.Timeout | undefined
}

export interface LinkLimits {
  connections_max: number
  connections_per_address_max: number
  connection_ms: number
  /** From the greeting, or the last mail, to DATA. */
  envelope_ms: number
  /** When all places are taken, whoever has used one for so long without getting on gives it up. */
  patience_ms: number
}

export interface Links {
  /** False: there are too many, or we are stopping; the peer has been told so (421) and nothing more is to be done. */
  admit(socket: Socket, id: string): boolean
  get(id: string): Link | undefined
  /** From now on the connection is an encrypted one: the library takes our listeners off the plain one. */
  secure(id: string, socket: Socket): void
  closed(id: string): void
  /** DATA has begun. */
  receive(link: Link): void
  /** What is due once a mail has been answered: the next one, or the end. */
  rest(link: Link): void
  /** From now on nobody is admitted; idle peers are told at once, the others after their mail. */
  stop(): void
  stopping(): boolean
  destroyAll(): void
}

/** How long a peer may take to read our last words before the socket is torn down. */
const FAREWELL_MS = 1000
/** So many may be told why they are sent away; beyond it a flood would hold a descriptor for each. */
const FAREWELLS_MAX = 200
/** Slower than this, a DATA is none that gets on: 1 byte in 10 seconds is what attackers send. */
const BYTES_PER_SECOND_MIN = 1_000

/**
 * Counts connections, in total and by address, and ends those that are open for too long however busily the peer drips. When all places
 * are taken, the one that gets on worst makes room for who comes: slow clients, however many, do not shut others out.
 */
export function openLinks(limits: LinkLimits): Links {
  const links = new Map<string, Link>()
  let stopping = false
  let refusing = 0
  const goodbye = () => `421 4.3.2 ${stopping ? 'Shutting down' : 'Too many connections'}`

  function admit(socket: Socket, id: string): boolean {
    if (stopping || !hasRoom(socket.remoteAddress)) {
      refuse(socket)
      return false
    }
    const link: Link = {
      socket,
      wire: socket,
      state: 'idle',
      leaving: false,
      refused: 0,
      began_at: performance.now(),
      began_bytes: 0,
      deadline: undefined,
      envelope_deadline: undefined,
    }
    links.set(id, link)
    awaitEnvelope(link)
    link.deadline = setTimeout(
      () => dismiss(link, '421 4.4.2 Connection open for too long'),
      limits.connection_ms,
    ).unref()
    socket.setKeepAlive(true, 30_000)
    socket.once('close', () => closed(id))
    return true
  }

  function closed(id: string): void {
    const link = links.get(id)
    clearTimeout(link?.deadline)
    clearTimeout(link?.envelope_deadline)
    links.delete(id)
  }

  /** Whether there is a place, or one could be freed. */
  function hasRoom(address: string | undefined): boolean {
    const all = [...links.values()]
    // A local socket has no address: whoever may open it is our own mail host.
    const same =
      address === undefined ? [] : all.filter(({ wire }) => netOf(wire.remoteAddress ?? '') === netOf(address))
    if (same.length >= limits.connections_per_address_max) return freeOne(same)
    return all.length < limits.connections_max || freeOne(all)
  }

  function freeOne(among: readonly Link[]): boolean {
    const slowest = among.filter(isStuck).toSorted((a, b) => a.began_at - b.began_at)[0]
    if (!slowest) return false
    // It goes at once, so that the sum stays below the limit.
    for (const [id, link] of links) if (link === slowest) closed(id)
    farewell(slowest.socket, '421 4.3.2 Too slow while others wait')
    return true
  }

  function isStuck({ state, began_at, began_bytes, wire }: Link): boolean {
    const seconds = (performance.now() - began_at) / 1000
    if (state === 'taking' || seconds * 1000 < limits.patience_ms) return false
    return state === 'idle' || wire.bytesRead - began_bytes < seconds * BYTES_PER_SECOND_MIN
  }

  function refuse(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (refusing >= FAREWELLS_MAX) return void socket.destroy()
    refusing += 1
    socket.once('close', () => (refusing -= 1))
    farewell(socket, goodbye())
  }

  function begin(link: Link): void {
    link.began_at = performance.now()
    link.began_bytes = link.wire.bytesRead
  }

  function awaitEnvelope(link: Link): void {
    begin(link)
    clearTimeout(link.envelope_deadline)
    link.envelope_deadline = setTimeout(
      () => dismiss(link, '421 4.4.2 No mail for too long'),
      limits.envelope_ms,
    ).unref()
  }

  function dismiss(link: Link, line: string): void {
    if (link.state === 'taking') link.leaving = true
    else farewell(link.socket, line)
  }

  return {
    admit,
    closed,
    get: (id) => links.get(id),
    secure(id, socket) {
      const link = links.get(id)
      if (link) link.socket = socket
    },
    receive(link) {
      clearTimeout(link.envelope_deadline)
      link.state = 'data'
      begin(link)
    },
    rest(link) {
      link.state = 'idle'
      if (link.leaving || stopping) farewell(link.socket, goodbye())
      else if (!link.wire.destroyed) awaitEnvelope(link)
    },
    stop() {
      stopping = true
      for (const link of links.values()) if (link.state === 'idle') farewell(link.socket, goodbye())
    },
    stopping: () => stopping,
    destroyAll() {
      for (const { socket, wire } of links.values()) {
        socket.destroy()
        wire.destroy()
      }
    },
  }
}

/** Says a last line and tears the connection down; what the peer still sends is thrown away. */
export function farewell(socket: Socket, line: string): void {
  if (socket.destroyed || socket.writableEnded) return
  socket.unpipe()
  socket.resume()
  socket.end(`${line}\r\n`)
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref()
}
