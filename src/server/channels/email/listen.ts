import type { AddressInfo, Socket } from 'node:net'
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server'
import type { Log } from '../../platform/log.ts'
import { Refusal } from '../../platform/refusal.ts'
import { collectData, type DataStore } from './collect-data.ts'

/** Thrown by `take`: not now, please send it again later (451). */
export class Deferred extends Error {
  override name = 'Deferred'
}
/** Thrown by `take`: nobody knows whether the commit happened. We hang up without an answer, so that the peer sends it again. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown'
}

/** One DATA with its envelope. */
export interface ReceivedMail {
  /** The bytes after dot-unstuffing, exactly as sent otherwise: bare LF, NUL and 8-bit letters included. */
  raw: Buffer
  /** Null for the null return path `<>`: bounces and automatic answers. */
  envelope_from: string | null
  recipients: string[]
  /** IP address of the peer. */
  remote: string
  /** What the peer called itself in EHLO. */
  greeting: string | null
}

export interface SmtpLimits {
  /** Announced by SIZE; larger is refused with 552. */
  size_max: number
  recipients_max: number
  connections_max: number
  connections_per_address_max: number
  /** Bytes of unfinished mails of all connections together; beyond it 452. */
  buffered_max: number
  /** Silence of the peer. */
  idle_ms: number
  /** Whole connection and one DATA, however busily the peer drips. A mail being taken is finished first. */
  connection_ms: number
  data_ms: number
  /** How long a DATA that has begun may go on after `stop`. */
  drain_ms: number
}

const MINUTE_MS = 60_000
const LIMITS: SmtpLimits = {
  size_max: 26_214_400,
  recipients_max: 100,
  connections_max: 100,
  connections_per_address_max: 20,
  buffered_max: 268_435_456,
  idle_ms: MINUTE_MS,
  connection_ms: 15 * MINUTE_MS,
  data_ms: 10 * MINUTE_MS,
  drain_ms: 25_000,
}
/** How long a peer may take to read our last words before the socket is torn down. */
const FAREWELL_MS = 1000
/** A peer that goes on this far beyond the limit is not read to its end. */
const FAR_BEYOND = 2

/** What an address is to us. A reply address is accepted whatever its token is worth: the answer must not tell. */
export type Recipient = 'ours' | 'reply' | 'unknown' | 'elsewhere'

export interface SmtpListening {
  host: string
  /** 0 for any free one. */
  port: number
  /** How we call ourselves in the greeting: the mail domain, not the machine's name. */
  name: string
  limits?: Partial<SmtpLimits>
  /** `unknown`: our domain, no such name (550 5.1.1). `elsewhere`: not our domain (550 5.7.1). */
  isOurs(address: string): Promise<Recipient>
  /** Resolves after the commit: only then the peer gets its 250. */
  take(mail: ReceivedMail): Promise<void>
  /** False while nothing can be stored: 451 at MAIL FROM. */
  available(): boolean
  log: Log
}

export interface SmtpListener {
  port: number
  /** Idle peers get 421 at once, a DATA that has begun may finish. Resolves when no connection is left. */
  stop(): Promise<void>
}

type Answer = (error?: Error | null, text?: string) => void

interface Link {
  socket: Socket
  /** `taking`: our side is at work; a deadline waits for it. */
  state: 'idle' | 'data' | 'taking'
  /** To be closed after the answer to the mail being taken. */
  leaving: boolean
}

class SmtpReply extends Error {
  readonly responseCode: number
  constructor(responseCode: number, text: string) {
    super(text)
    this.responseCode = responseCode
  }
}

/**
 * Our SMTP listener: no relaying, no authentication, no STARTTLS yet. The only file that knows `smtp-server`.
 * Only CRLF.CRLF ends DATA; bare CR or LF forms stay bytes of the one mail (SMTP smuggling, VU#302671).
 * Rejects when the port cannot be opened (`EADDRINUSE`, `EACCES`).
 */
export async function listenSmtp(listening: SmtpListening): Promise<SmtpListener> {
  const { isOurs, take, available, log } = listening
  const limits = { ...LIMITS, ...listening.limits }
  const links = new Map<string, Link>()
  const store: DataStore = { buffered: 0, buffered_max: limits.buffered_max }
  let stopping = false

  const server = new Listener(
    {
      name: listening.name,
      heloResponse: '%s',
      size: limits.size_max,
      maxRecipients: limits.recipients_max,
      socketTimeout: limits.idle_ms,
      closeTimeout: limits.drain_ms,
      disableReverseLookup: true,
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS', 'HELP', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
      hideSTARTTLS: true,
      logger: false,
      noDelay: true,
      onMailFrom: (_, __, answer) => answer(available() && !stopping ? null : new SmtpReply(451, NOT_NOW)),
      onRcptTo: (address, _, answer) => void answerRecipient(address, answer),
      onData: (stream, session, answer) => void receive(stream, session, answer),
    },
    admit,
  )

  function admit(socket: Socket, id: string): boolean {
    const sameAddress = [...links.values()].filter((link) => link.socket.remoteAddress === socket.remoteAddress)
    const full = links.size >= limits.connections_max || sameAddress.length >= limits.connections_per_address_max
    if (full || stopping) {
      socket.on('error', () => socket.destroy())
      farewell(socket, `421 4.3.2 ${stopping ? STOPPING : 'Too many connections'}`)
      return false
    }
    const link: Link = { socket, state: 'idle', leaving: false }
    links.set(id, link)
    const deadline = setTimeout(() => dismiss(link, '421 4.4.2 Connection open for too long'), limits.connection_ms)
    socket.once('close', () => {
      clearTimeout(deadline)
      links.delete(id)
    })
    return true
  }

  async function answerRecipient({ address }: SMTPServerAddress, answer: Answer): Promise<void> {
    try {
      const recipient = await isOurs(address)
      if (recipient === 'unknown') answer(new SmtpReply(550, '5.1.1 No such recipient here'))
      else if (recipient === 'elsewhere') answer(new SmtpReply(550, '5.7.1 Relaying refused'))
      else answer()
    } catch (error) {
      logFault(error, 'recipient not looked up')
      answer(new SmtpReply(451, NOT_NOW))
    }
  }

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession, reply: Answer): Promise<void> {
    const link = links.get(session.id)!
    const { mailFrom, rcptTo } = session.envelope
    const envelope_from = (mailFrom && mailFrom.address) || null
    const recipients = rcptTo.map(({ address }) => address)
    link.state = 'data'
    const deadline = setTimeout(() => farewell(link.socket, '421 4.4.2 DATA took too long'), limits.data_ms)
    const received = await collectData(stream, limits.size_max, store, () => {
      if (stream.byteLength > FAR_BEYOND * limits.size_max) farewell(link.socket, `552 ${TOO_LARGE}`)
    })
    clearTimeout(deadline)
    if (received === 'cut') return
    // We have already said that this took too long or is too large; a mail stored now would come a second time.
    if (link.socket.writableEnded) return typeof received === 'object' ? received.release() : undefined
    link.state = 'taking'
    const error = await outcome(received, {
      envelope_from,
      recipients,
      remote: session.remoteAddress,
      greeting: session.hostNameAppearsAs || null,
    })
    link.state = 'idle'
    if (error instanceof OutcomeUnknown) link.socket.destroy()
    else reply(error, '2.0.0 OK')
    if (link.leaving || stopping) dismiss(link, `421 4.3.2 ${STOPPING}`)
  }

  async function outcome(
    received: Exclude<Awaited<ReturnType<typeof collectData>>, 'cut'>,
    envelope: Omit<ReceivedMail, 'raw'>,
  ): Promise<Error | null> {
    if (received === 'too_large') return new SmtpReply(552, TOO_LARGE)
    if (received === 'no_room') return new SmtpReply(452, '4.3.1 Too many mails at once, please try again later')
    try {
      await take({ raw: received.raw, ...envelope })
      return null
    } catch (error) {
      if (error instanceof OutcomeUnknown) return error
      if (error instanceof Refusal && error.kind === 'too_large') return new SmtpReply(552, TOO_LARGE)
      if (!(error instanceof Deferred) && !(error instanceof Refusal)) logFault(error, 'mail not taken')
      return new SmtpReply(451, NOT_NOW)
    } finally {
      received.release()
    }
  }

  /** Never a person's words: the fault's kind and place only. */
  function logFault(error: unknown, message: string) {
    const { name, code, stack } = error as NodeJS.ErrnoException
    log.error({ name, code, stack }, message)
  }

  function dismiss(link: Link, line: string): void {
    if (link.state === 'taking') link.leaving = true
    else farewell(link.socket, line)
  }

  async function stop(): Promise<void> {
    stopping = true
    const closed = new Promise<void>((resolve) => server.close(resolve))
    for (const link of links.values()) if (link.state === 'idle') dismiss(link, `421 4.3.2 ${STOPPING}`)
    await closed
    for (const { socket } of links.values()) socket.destroy()
  }

  // A peer that resets its connection is no fault of ours; its mail was not acknowledged.
  server.on('error', (error: NodeJS.ErrnoException) => log.debug({ code: error.code }, 'SMTP connection ended'))
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(listening.port, listening.host, resolve)
  })
  return { port: (server.server.address() as AddressInfo).port, stop }
}

const TOO_LARGE = '5.3.4 Message exceeds the maximum size'
const NOT_NOW = '4.3.0 Not now, please try again later'
const STOPPING = 'Shutting down'

/** Says a last line and tears the connection down; what the peer still sends is thrown away. */
function farewell(socket: Socket, line: string): void {
  if (socket.destroyed || socket.writableEnded) return
  socket.unpipe()
  socket.resume()
  socket.end(`${line}\r\n`)
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref()
}

class Listener extends SMTPServer {
  readonly #admit: (socket: Socket, id: string) => boolean
  constructor(options: SMTPServerOptions, admit: (socket: Socket, id: string) => boolean) {
    super(options)
    this.#admit = admit
  }
  override connect(socket: Socket, options?: { id?: string | undefined } | null): void {
    if (options?.id && this.#admit(socket, options.id)) super.connect(socket, options)
  }
}
