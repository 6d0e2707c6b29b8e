import { createTransport } from 'nodemailer'
import type { Log } from '../../platform/log.ts'
import type { Envelope } from './compose.ts'

export interface MailRelay {
  /**
   * Hands one mail to the relay; resolves when it has answered 250 to the final dot. Rejects with the library's error, which
   * {@link classifyFailure} reads. After a cut the same bytes may be sent again: their Message-ID is the same.
   */
  send(raw: Buffer, envelope: Envelope, wish?: ReportWish): Promise<Sent>
  /** Mails under way get a few seconds to be finished. */
  stop(): Promise<void>
}

/** What the relay is asked to report later (RFC 3461); a relay that cannot is not asked. */
export interface ReportWish {
  /** Names the mail in the report: the row of the outbox. */
  id: string
  on: readonly ('SUCCESS' | 'FAILURE' | 'DELAY')[]
}

export interface Sent {
  accepted: string[]
  /** Recipients the relay refused while it accepted others. */
  rejected: { address: string; failure: Failure }[]
  /** The relay's last line. */
  response: string
}

export interface Failure {
  /** True: the relay will never take this mail for this recipient. False: try again later. */
  permanent: boolean
  /** The fault lies between us and the relay, whoever the recipient is. */
  relay: boolean
  /** The relay did not answer in time: whoever waits for it holds a connection. */
  slow: boolean
  /** Enhanced status (`5.1.1`), else reply code (`550`), else what happened (`ETIMEDOUT`). */
  code: string | null
  /** What the relay said, or the fault; one line of at most 500 characters. */
  response: string
}

export interface RelayTimes {
  connect_ms: number
  greeting_ms: number
  /** Silence at any later moment, also after the final dot. */
  socket_ms: number
  /** One mail altogether, with 1 s more for each 100 KB: a relay that says one letter a minute is never silent. */
  mail_ms: number
  finish_ms: number
}

const TIMES: RelayTimes = {
  connect_ms: 10_000,
  greeting_ms: 10_000,
  socket_ms: 60_000,
  mail_ms: 120_000,
  finish_ms: 5_000,
}
const BYTES_PER_MS_MIN = 100
/** More in one answer is garbage. */
const ANSWER_BYTES_MAX = 65_536
const RESPONSE_LENGTH_MAX = 500

/**
 * The relay for outgoing mail: `smtp://` (STARTTLS where offered) or `smtps://`, with user and password in the address. Options
 * of the mail library may follow, such as `?tls.rejectUnauthorized=false` for a certificate of one's own.
 * Each mail under way has a connection of its own, which is kept for the next one: a mail that hangs holds up no other, and ends
 * alone. How many there are at once is the caller's to bound. The library never sends a mail twice, the outbox decides that.
 */
export function openMailRelay(url: string, log: Log, times: Partial<RelayTimes> = {}): MailRelay {
  const given = { ...TIMES, ...times }
  const idle: Transport[] = []
  const all = new Set<Transport>()
  const underWay = new Set<Promise<unknown>>()
  let stopped = false

  function open(): Transport {
    const transport = openConnection(url, given)
    // A kept connection that breaks while nothing is sent concerns no mail.
    transport.on('error', (error: NodeJS.ErrnoException) =>
      log.debug({ code: error.code }, 'mail relay connection ended'),
    )
    all.add(transport)
    return transport
  }

  async function send(raw: Buffer, envelope: Envelope, wish?: ReportWish): Promise<Sent> {
    if (stopped) throw new Error('the mail relay is closed')
    const transport = idle.pop() ?? open()
    const sending = transport.sendMail({ raw, envelope: { ...envelope }, ...reportOf(envelope, wish) })
    underWay.add(sending)
    let late = false
    const deadline = setTimeout(
      () => {
        late = true
        all.delete(transport)
        transport.close({ force: true })
      },
      given.mail_ms + raw.length / BYTES_PER_MS_MIN,
    )
    try {
      const { accepted, response, rejectedErrors = [] } = await sending
      return {
        accepted: accepted.map(String),
        rejected: rejectedErrors.map((error) => ({ address: error.recipient ?? '', failure: classifyFailure(error) })),
        response: oneLine(response),
      }
    } catch (error) {
      throw late ? Object.assign(new Error('the relay took too long'), { code: 'ETIMEDOUT' }) : error
    } finally {
      clearTimeout(deadline)
      underWay.delete(sending)
      // The library has ended the connection where it broke, and opens it anew for the next mail.
      if (!late) idle.push(transport)
    }
  }

  async function stop(): Promise<void> {
    stopped = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => (timer = setTimeout(resolve, given.finish_ms)))
    await Promise.race([Promise.allSettled(underWay), late])
    clearTimeout(timer)
    for (const transport of all) transport.close({ force: true })
  }

  return { send, stop }
}

type Transport = ReturnType<typeof openConnection>

const openConnection = (url: string, { connect_ms, greeting_ms, socket_ms }: RelayTimes) =>
  createTransport({
    url,
    pool: true,
    maxConnections: 1,
    maxRequeues: 0,
    connectionTimeout: connect_ms,
    dnsTimeout: connect_ms,
    greetingTimeout: greeting_ms,
    socketTimeout: socket_ms,
    maxResponseSize: ANSWER_BYTES_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  })

/** Back come only the headers: they hold the Message-ID, and nobody's words travel twice. */
function reportOf({ to }: Envelope, wish: ReportWish | undefined) {
  if (!wish) return {}
  const [recipient = ''] = to
  // ORCPT of the type rfc822 is ASCII (RFC 3461 4.2).
  return {
    dsn: {
      id: wish.id,
      return: 'headers' as const,
      notify: [...wish.on],
      ...(/^[\x21-\x7e]+$/.test(recipient) ? { recipient } : {}),
    },
  }
}

interface RelayError {
  code?: unknown
  command?: unknown
  response?: unknown
  responseCode?: unknown
  message?: unknown
  timeoutType?: unknown
}

/** Faults of the mail itself that the library finds before the relay does; everything else without a reply is the network. */
const OWN_FAULTS = ['EENVELOPE', 'EMESSAGE']
/** No connection, no name, no encryption, no sign-in. A connection that is cut later may be about this mail alone. */
const RELAY_FAULTS = ['ESOCKET', 'ECONNREFUSED', 'EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EPROXY']
const RELAY_TIMEOUTS = ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']
/** Replies that are about us and the relay (greeting, sign-in, encryption), not about this mail: somebody can repair that. */
const ABOUT_US = /^(CONN|EHLO|HELO|STARTTLS|AUTH\b.*|API)$/
const SIGN_IN_CODES = [530, 534, 535, 538]

/** Whether a failed sending can succeed later. 4xx and network faults can, 5xx about the mail or its recipient cannot. */
export function classifyFailure(error: unknown): Failure {
  const { code, command, response, responseCode, message, timeoutType } = (error ?? {}) as RelayError
  const reply = typeof responseCode === 'number' ? responseCode : null
  const aboutUs =
    code === 'EAUTH' || (typeof command === 'string' && ABOUT_US.test(command)) || SIGN_IN_CODES.includes(reply ?? 0)
  const permanent = reply === null ? OWN_FAULTS.includes(String(code)) : reply >= 500 && reply < 600 && !aboutUs
  const said = oneLine(String(response ?? message ?? ''))
  const status = reply === null ? null : (/^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(said)?.[1] ?? String(reply))
  return {
    permanent,
    relay:
      reply === null ? RELAY_FAULTS.includes(String(code)) || RELAY_TIMEOUTS.includes(String(timeoutType)) : aboutUs,
    slow: code === 'ETIMEDOUT',
    code: status ?? (typeof code === 'string' ? code : null),
    response: said,
  }
}

const oneLine = (text: string) =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, RESPONSE_LENGTH_MAX)
    .toWellFormed()
