import { chmod, unlink } from 'node:fs/promises'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server'
import type { Log } from '../../platform/log.ts'
import { collectData, type Collected, type DataStore } from './collect-data.ts'
import { farewell, openLinks, type Link, type LinkLimits } from './links.ts'
import {
  isExpected,
  NO_RELAYING,
  NO_ROOM,
  NO_SUCH_NAME,
  NOT_NOW,
  OutcomeUnknown,
  replyFor,
  SmtpReply,
  TAKEN,
  TOO_LARGE,
} from './smtp-replies.ts'

export { Deferred, OutcomeUnknown, SmtpReply } from './smtp-replies.ts'

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

export interface SmtpLimits extends LinkLimits {
  /** Announced by SIZE; larger is refused with 552. */
  size_max: number
  /** One more is asked to come in a second mail (452). */
  recipients_max: number
  /** Bytes of unfinished mails of all connections together; beyond it 452. */
  buffered_max: number
  /** Silence of the peer. */
  idle_ms: number
  /** One DATA, however busily the peer drips. */
  data_ms: number
  /** After so long a DATA must have come at {@link bytes_per_second_min} or more. */
  data_grace_ms: number
  bytes_per_second_min: number
  /** Refused recipients of one connection; then it is closed. */
  refused_max: number
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
  connection_ms: 30 * MINUTE_MS,
  envelope_ms: 5 * MINUTE_MS,
  patience_ms: 10_000,
  data_ms: 20 * MINUTE_MS,
  data_grace_ms: MINUTE_MS,
  bytes_per_second_min: 1_000,
  refused_max: 1_000,
  drain_ms: 20_000,
}
/** A peer that goes on to this multiple of the limit is not read to its end. */
const FAR_BEYOND = 2

/** What an address is to us. A reply address is accepted whatever its token is worth: the answer must not tell. */
export type Recipient = 'ours' | 'reply' | 'unknown' | 'elsewhere'

/** PEM, as read from the files. */
export interface MailCertificate {
  cert: Buffer
  key: Buffer
}

export interface SmtpListening {
  /** LMTP (RFC 2033): LHLO, and after DATA one answer for each recipient. */
  protocol?: 'smtp' | 'lmtp'
  host: string
  /** 0 for any free one; a path is a socket in the file system. */
  port: number | string
  /** With it STARTTLS is offered. */
  certificate?: MailCertificate | undefined
  /** How we call ourselves in the greeting: the mail domain, not the machine's name. */
  name: string
  limits?: Partial<SmtpLimits>
  /** `unknown`: our domain, no such name (550 5.1.1). `elsewhere`: not our domain (550 5.7.1). */
  isOurs(address: string): Promise<Recipient>
  /**
   * Resolves after the commit: only then the peer gets its 250. Throws `Deferred` for 451, an `SmtpReply` for that answer,
   * `OutcomeUnknown` when nobody knows whether the commit happened (we hang up without an answer); any other error is logged
   * and answered by 451.
   */
  take(mail: ReceivedMail): Promise<unknown>
  /** False while nothing can be stored: 451 at MAIL FROM. */
  available(): boolean
  log: Log
}

export interface SmtpListener {
  /** 0 for a socket in the file system. */
  port: number
  /** Whoever asks for encryption from now on meets this certificate. Throws when the two do not fit; then the old one stays. */
  renew(certificate: MailCertificate): void
  /** Idle peers get 421 at once, a DATA that has begun may finish. Resolves when no connection is left. */
  stop(): Promise<void>
}

/** The library also takes a list: one answer for each recipient (LMTP). */
type Answer = (error?: Error | null, text?: string | (Error | string)[]) => void

/**
 * Our listener: no relaying, no authentication, STARTTLS where there is a certificate. The only file that knows `smtp-server`.
 * Only CRLF.CRLF ends DATA; bare CR or LF forms stay bytes of the one mail (SMTP smuggling, VU#302671).
 * Rejects when the port cannot be opened (`EADDRINUSE`, `EACCES`).
 */
export async function listenSmtp(listening: SmtpListening): Promise<SmtpListener> {
  const { available, log } = listening
  const limits = { ...LIMITS, ...listening.limits }
  const links = openLinks(limits)
  const store: DataStore = { buffered: 0, buffered_max: limits.buffered_max }
  const accepted = new WeakMap<object, number>()
  const options = {
    ...optionsFor(listening, limits),
    onSecure: (socket, session, answer) => (links.secure(session.id, socket), answer()),
    onClose: (session) => links.closed(session.id),
    onMailFrom: (_, __, answer) => answer(available() && !links.stopping() ? null : NOT_NOW),
    onRcptTo: (address, session, answer) => void recipient(address, session, answer),
    onData: (stream, session, answer) => void receive(stream, session, answer),
  } satisfies SMTPServerOptions
  const server = new Listener(options, links.admit)

  async function recipient(address: SMTPServerAddress, session: SMTPServerSession, answer: Answer): Promise<void> {
    const refusal = await judgeRecipient(listening, address)
    const link = links.get(session.id)
    if (refusal === null) accepted.set(session.envelope, (accepted.get(session.envelope) ?? 0) + 1)
    else if (link && ++link.refused > limits.refused_max)
      return farewell(link.socket, '421 4.7.0 Too many recipients that are not ours')
    answer(refusal)
  }

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession, answer: Answer): Promise<void> {
    const link = links.get(session.id)
    if (!link) return
    const envelope = envelopeOf(session)
    links.receive(link)
    const watch = watchPace(stream, limits, () => farewell(link.socket, '421 4.4.2 DATA took too long'))
    const collected = await collectData(stream, limits.size_max, store, () => {
      if (stream.byteLength > FAR_BEYOND * limits.size_max) farewell(link.socket, `552 ${TOO_LARGE.message}`)
    })
    clearInterval(watch)
    if (collected === 'cut') return
    // We have already said that this took too long or is too large; a mail stored now would come a second time.
    if (link.socket.writableEnded) return typeof collected === 'object' ? collected.release() : undefined
    link.state = 'taking'
    const error = await takeCollected(listening, collected, envelope)
    if (error instanceof OutcomeUnknown) destroy(link)
    // RFC 2033 4.2: one answer for each RCPT that we accepted, also where one address was named twice.
    else if (listening.protocol === 'lmtp')
      answer(
        null,
        Array.from({ length: accepted.get(session.envelope) ?? 1 }, () => error ?? TAKEN),
      )
    else answer(error, TAKEN)
    links.rest(link)
  }

  async function stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(resolve))
    links.stop()
    await closed
    links.destroyAll()
  }

  function renew({ cert, key }: MailCertificate): void {
    // Before the library gets it: it would keep a half of what does not fit.
    createSecureContext({ cert, key })
    server.updateSecureContext({ cert, key })
  }

  // A peer that resets its connection is no fault of ours; its mail was not acknowledged.
  server.on('error', (error: NodeJS.ErrnoException) => log.debug({ code: error.code }, 'SMTP connection ended'))
  await open(server, listening)
  const address = server.server.address()
  return { port: typeof address === 'object' ? (address as AddressInfo).port : 0, renew, stop }
}

const COMMANDS_OFF = ['AUTH', 'HELP', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD']

const optionsFor = ({ name, protocol, certificate }: SmtpListening, limits: SmtpLimits): SMTPServerOptions => ({
  name,
  lmtp: protocol === 'lmtp',
  heloResponse: '%s',
  size: limits.size_max,
  maxRecipients: limits.recipients_max,
  socketTimeout: limits.idle_ms,
  closeTimeout: limits.drain_ms,
  disableReverseLookup: true,
  authOptional: true,
  disabledCommands: certificate ? COMMANDS_OFF : [...COMMANDS_OFF, 'STARTTLS'],
  hideSTARTTLS: !certificate,
  ...certificate,
  minVersion: 'TLSv1.2',
  logger: false,
  // With Nagle's algorithm the small replies wait for each other: 108 instead of 600 mails a second were measured.
  noDelay: true,
})

async function open(server: Listener, { host, port }: SmtpListening): Promise<void> {
  const once = () =>
    new Promise<void>((resolve, reject) => {
      server.server.once('error', reject)
      if (typeof port === 'string') server.listen(port, resolve)
      else server.listen(port, host, resolve)
    })
  if (typeof port === 'number') return once()
  await once().catch(async (error: NodeJS.ErrnoException) => {
    // Left behind by a process that was killed: nobody listens there.
    if (error.code !== 'EADDRINUSE' || (await answers(port))) throw error
    await unlink(port)
    await once()
  })
  // As open as a port of this machine is: the mail host runs as a user of its own.
  await chmod(port, 0o666)
}

const answers = (path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })

/** Calls `onSlow` once when a DATA has gone on for too long, or comes too slowly to be meant. */
function watchPace(stream: SMTPServerDataStream, limits: SmtpLimits, onSlow: () => void): NodeJS.Timeout {
  const began_at = performance.now()
  const watch = setInterval(
    () => {
      const took_ms = performance.now() - began_at
      const tooFew =
        took_ms > limits.data_grace_ms && stream.byteLength < (took_ms / 1000) * limits.bytes_per_second_min
      if (took_ms < limits.data_ms && !tooFew) return
      clearInterval(watch)
      onSlow()
    },
    Math.min(limits.data_ms, limits.data_grace_ms, 5_000),
  )
  return watch
}

function destroy({ socket, wire }: Link): void {
  socket.destroy()
  wire.destroy()
}

/** Null when it is one of ours; else what to answer. */
async function judgeRecipient(
  { isOurs, log }: SmtpListening,
  { address }: SMTPServerAddress,
): Promise<SmtpReply | null> {
  try {
    const recipient = await isOurs(address)
    return recipient === 'unknown' ? NO_SUCH_NAME : recipient === 'elsewhere' ? NO_RELAYING : null
  } catch (error) {
    if (!isExpected(error)) logFault(log, error, 'recipient not looked up')
    return NOT_NOW
  }
}

function envelopeOf({ envelope, remoteAddress, hostNameAppearsAs }: SMTPServerSession): Omit<ReceivedMail, 'raw'> {
  return {
    envelope_from: (envelope.mailFrom && envelope.mailFrom.address) || null,
    recipients: envelope.rcptTo.map(({ address }) => address),
    // A socket in the file system has no address: whoever opened it is a program of this machine.
    remote: remoteAddress || '127.0.0.1',
    greeting: hostNameAppearsAs || null,
  }
}

/** Null when the mail is ours now; else what to answer, or `OutcomeUnknown` for nothing. */
async function takeCollected(
  { take, log }: SmtpListening,
  collected: Exclude<Collected, 'cut'>,
  envelope: Omit<ReceivedMail, 'raw'>,
): Promise<Error | null> {
  if (collected === 'too_large') return TOO_LARGE
  if (collected === 'no_room') return NO_ROOM
  try {
    await take({ raw: collected.raw, ...envelope })
    return null
  } catch (error) {
    if (error instanceof OutcomeUnknown) return error
    if (!isExpected(error)) logFault(log, error, 'mail not taken')
    return replyFor(error)
  } finally {
    collected.release()
  }
}

/** Never a person's words: the fault's kind and place only. */
function logFault(log: Log, error: unknown, message: string): void {
  const { name, code, stack } = error as NodeJS.ErrnoException
  log.error({ name, code, stack }, message)
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
