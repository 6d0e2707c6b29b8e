import { createTransport } from 'nodemailer'
import type { Log } from '../../platform/log.ts'
import type { Envelope } from './compose.ts'

export interface MailRelay {
  /**
   * Hands one mail to the relay; resolves when it has answered 250 to the final dot. Rejects with the library's error, which
   * {@link classifyFailure} reads. After a cut the same bytes may be sent again: their Message-ID is the same.
   */
  send(raw: Buffer, envelope: Envelope): Promise<Sent>
  /** Mails under way get a few seconds to be finished. */
  stop(): Promise<void>
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
  finish_ms: number
}

const TIMES: RelayTimes = { connect_ms: 10_000, greeting_ms: 10_000, socket_ms: 60_000, finish_ms: 5_000 }
const CONNECTIONS_MAX = 5
const RESPONSE_LENGTH_MAX = 500

/**
 * The relay for outgoing mail: `smtp://` (STARTTLS where offered) or `smtps://`, with user and password in the address. Options
 * of the mail library may follow, such as `?tls.rejectUnauthorized=false` for a certificate of one's own.
 * Up to five connections are kept; the library itself never sends a mail twice, the outbox decides that.
 */
export function openMailRelay(url: string, log: Log, times: Partial<RelayTimes> = {}): MailRelay {
  const { connect_ms, greeting_ms, socket_ms, finish_ms } = { ...TIMES, ...times }
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    maxRequeues: 0,
    connectionTimeout: connect_ms,
    dnsTimeout: connect_ms,
    greetingTimeout: greeting_ms,
    socketTimeout: socket_ms,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  // A kept connection that breaks while nothing is sent concerns no mail.
  transport.on('error', (error: NodeJS.ErrnoException) =>
    log.debug({ code: error.code }, 'mail relay connection ended'),
  )
  const underWay = new Set<Promise<unknown>>()

  async function send(raw: Buffer, envelope: Envelope): Promise<Sent> {
    const sending = transport.sendMail({ raw, envelope: { ...envelope } })
    underWay.add(sending)
    try {
      const { accepted, response, rejectedErrors = [] } = await sending
      return {
        accepted: accepted.map(String),
        rejected: rejectedErrors.map((error) => ({ address: error.recipient ?? '', failure: classifyFailure(error) })),
        response: oneLine(response),
      }
    } finally {
      underWay.delete(sending)
    }
  }

  async function stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => (timer = setTimeout(resolve, finish_ms)))
    await Promise.race([Promise.allSettled(underWay), late])
    clearTimeout(timer)
    transport.close({ force: true })
  }

  return { send, stop }
}

interface RelayError {
  code?: unknown
  command?: unknown
  response?: unknown
  responseCode?: unknown
  message?: unknown
}

/** Faults of the mail itself that the library finds before the relay does; everything else without a reply is the network. */
const OWN_FAULTS = ['EENVELOPE', 'EMESSAGE']
/** Replies that are about us and the relay (greeting, sign-in, encryption), not about this mail: somebody can repair that. */
const ABOUT_US = /^(CONN|EHLO|HELO|STARTTLS|AUTH\b.*|API)$/
const SIGN_IN_CODES = [530, 534, 535, 538]

/** Whether a failed sending can succeed later. 4xx and network faults can, 5xx about the mail or its recipient cannot. */
export function classifyFailure(error: unknown): Failure {
  const { code, command, response, responseCode, message } = (error ?? {}) as RelayError
  const reply = typeof responseCode === 'number' ? responseCode : null
  const aboutUs =
    code === 'EAUTH' || (typeof command === 'string' && ABOUT_US.test(command)) || SIGN_IN_CODES.includes(reply ?? 0)
  const permanent = reply === null ? OWN_FAULTS.includes(String(code)) : reply >= 500 && reply < 600 && !aboutUs
  const said = oneLine(String(response ?? message ?? ''))
  const status = reply === null ? null : (/^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(said)?.[1] ?? String(reply))
  return { permanent, code: status ?? (typeof code === 'string' ? code : null), response: said }
}

const oneLine = (text: string) =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, RESPONSE_LENGTH_MAX)
    .toWellFormed()
