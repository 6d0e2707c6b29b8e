import type { AddressInfo, Socket } from 'node:net'
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server'
import type { Log } from '../../platform/log.ts'
import { collectData, type Collected, type DataStore } from './collect-data.ts'
import { farewell, openLinks, type LinkLimits } from './links.ts'
import {
  isExpected,
  NO_RELAYING,
  NO_ROOM,
  NO_SUCH_NAME,
  NOT_NOW,
  OutcomeUnknown,
  replyFor,
  TAKEN,
  TOO_LARGE,
} from './smtp-replies.ts'

export { Deferred, OutcomeUnknown } from './smtp-replies.ts'

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
  drain_ms: 20_000,
}
/** A peer that goes on to this multiple of the limit is not read to its end. */
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
  /**
   * Resolves after the commit: only then the peer gets its 250. Throws `Deferred` for 451, `OutcomeUnknown` when nobody
   * knows whether the commit happened (we hang up without an answer); any other error is logged and answered by 451.
   */
  take(mail: ReceivedMail): Promise<unknown>
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

/**
 * Our SMTP listener: no relaying, no authentication, no STARTTLS yet. The only file that knows `smtp-server`.
 * Only CRLF.CRLF ends DATA; bare CR or LF forms stay bytes of the one mail (SMTP smuggling, VU#302671).
 * Rejects when the port cannot be opened (`EADDRINUSE`, `EACCES`).
 */
export async function listenSmtp(listening: SmtpListening): Promise<SmtpListener> {
  const { available, log } = listening
  const limits = { ...LIMITS, ...listening.limits }
  const links = openLinks(limits)
  const store: DataStore = { buffered: 0, buffered_max: limits.buffered_max }
  const options = {
    ...optionsFor(listening.name, limits),
    onMailFrom: (_, __, answer) => answer(available() && !links.stopping() ? null : NOT_NOW),
    onRcptTo: (address, _, answer) => void answerRecipient(listening, address, answer),
    onData: (stream, session, answer) => void receive(stream, session, answer),
  } satisfies SMTPServerOptions
  const server = new Listener(options, links.admit)

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession, answer: Answer): Promise<void> {
    const link = links.get(session.id)
    if (!link) return
    const envelope = envelopeOf(session)
    link.state = 'data'
    const deadline = setTimeout(() => farewell(link.socket, '421 4.4.2 DATA took too long'), limits.data_ms)
    const collected = await collectData(stream, limits.size_max, store, () => {
      if (stream.byteLength > FAR_BEYOND * limits.size_max) farewell(link.socket, `552 ${TOO_LARGE.message}`)
    })
    clearTimeout(deadline)
    if (collected === 'cut') return
    // We have already said that this took too long or is too large; a mail stored now would come a second time.
    if (link.socket.writableEnded) return typeof collected === 'object' ? collected.release() : undefined
    link.state = 'taking'
    const error = await takeCollected(listening, collected, envelope)
    if (error instanceof OutcomeUnknown) link.socket.destroy()
    else answer(error, TAKEN)
    links.rest(link)
  }

  async function stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(resolve))
    links.stop()
    await closed
    links.destroyAll()
  }

  // A peer that resets its connection is no fault of ours; its mail was not acknowledged.
  server.on('error', (error: NodeJS.ErrnoException) => log.debug({ code: error.code }, 'SMTP connection ended'))
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(listening.port, listening.host, resolve)
  })
  return { port: (server.server.address() as AddressInfo).port, stop }
}

const optionsFor = (name: string, limits: SmtpLimits): SMTPServerOptions => ({
  name,
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
  // With Nagle's algorithm the small replies wait for each other: 108 instead of 600 mails a second were measured.
  noDelay: true,
})

async function answerRecipient(
  { isOurs, log }: SmtpListening,
  { address }: SMTPServerAddress,
  answer: Answer,
): Promise<void> {
  try {
    const recipient = await isOurs(address)
    answer(recipient === 'unknown' ? NO_SUCH_NAME : recipient === 'elsewhere' ? NO_RELAYING : null)
  } catch (error) {
    if (!isExpected(error)) logFault(log, error, 'recipient not looked up')
    answer(NOT_NOW)
  }
}

function envelopeOf({ envelope, remoteAddress, hostNameAppearsAs }: SMTPServerSession): Omit<ReceivedMail, 'raw'> {
  return {
    envelope_from: (envelope.mailFrom && envelope.mailFrom.address) || null,
    recipients: envelope.rcptTo.map(({ address }) => address),
    remote: remoteAddress,
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
