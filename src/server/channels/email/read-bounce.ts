import { normaliseAddress, splitAddress } from './addresses.ts'
import type { Mail } from './read.ts'

/** What a mail host says of one recipient of a mail that it could not deliver, or could. */
export interface BouncedRecipient {
  action: 'failed' | 'delayed' | 'delivered'
  /** Enhanced status such as 5.1.1, else the reply code, else null. */
  status: string | null
  /** One line of what it said. */
  said: string
  /** In the form in which addresses are compared: the one that failed, and the one that we had written to. */
  addresses: string[]
}

export interface Bounce {
  /** Empty when it is a report that says nothing about a recipient which we understand. */
  recipients: BouncedRecipient[]
  /** Message-IDs that the report mentions, its own left out. */
  mail_ids: string[]
}

const BYTES_EXAMINED = 65_536
const RECIPIENTS_MAX = 50
const IDS_MAX = 20
const SAID_LENGTH_MAX = 400

/**
 * Reads a report about a mail that we sent; null when the mail is none. Understands RFC 3464 in whatever part it stands, and the words of
 * hosts that write no such part: qmail, older Exim and Exchange, Gmail, Yahoo, and Postfix where somebody cut the rest away. Those count only
 * when no person can have written them: null return path, a mailer daemon's name, or the field X-Failed-Recipients.
 */
export function readBounce(mail: Mail, null_return_path: boolean): Bounce | null {
  const by_type = isReport(mail)
  if (!by_type && !isFromDaemon(mail, null_return_path)) return null
  const whole = wordsOf(mail)
  const structured = readGroups(whole)
  if (!by_type && structured.length === 0 && !isFailure(mail, whole)) return null
  const recipients = structured.length > 0 ? structured : readWords(mail, whole)
  const named = [...whole.matchAll(/^[>\s]{0,8}Message-ID:\s*<([^<>\s]{1,998})>/gim)].map((match) => match[1]!)
  const mail_ids = [...new Set([...named, ...mail.in_reply_to, ...mail.references])].filter(
    (id) => id !== mail.message_id,
  )
  return { recipients: recipients.slice(0, RECIPIENTS_MAX), mail_ids: mail_ids.slice(0, IDS_MAX) }
}

/** It says so itself; also one about something else than delivery, such as a receipt. */
export const isReport = (mail: Pick<Mail, 'auto' | 'content_type'>): boolean =>
  mail.auto.reason === 'report' ||
  mail.content_type === 'multipart/report' ||
  mail.content_type === 'message/delivery-status'

/** Every part that may hold the report or the mail that came back, wherever the reader put it. */
function wordsOf(mail: Mail): string {
  const files = mail.attachments
    .filter(({ type }) => /^(message|text)\//.test(type))
    .map(({ content }) => Buffer.from(content.subarray(0, BYTES_EXAMINED)).toString())
  return [mail.text, mail.quoted_text ?? '', ...files]
    .map((part) => part.slice(0, BYTES_EXAMINED).replace(/\r\n?/g, '\n'))
    .join('\n\n')
}

const DAEMONS = /^(mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|microsoftexchange[0-9a-f]{8,40})$/i

function isFromDaemon(mail: Mail, null_return_path: boolean): boolean {
  const local = splitAddress(mail.from?.address ?? '').local
  if (mail.headers['x-failed-recipients'] || /^mailer[-_.]?daemon$/i.test(local)) return true
  const nobody = null_return_path || mail.headers['return-path']?.[0]?.replace(/\s/g, '') === '<>'
  return nobody && (DAEMONS.test(local) || !mail.auto.automatic || mail.auto.reason === 'auto_submitted')
}

/** The groups of fields of message/delivery-status, one for each recipient (RFC 3464 2.3). */
function readGroups(whole: string): BouncedRecipient[] {
  return whole.split(/\n[ \t]*\n/).flatMap((block) => {
    // Text that was made of HTML or quoted begins its lines with other things; unfolding is by space or tab only.
    const group = block.replace(/\n[ \t]+/g, ' ')
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(group)?.[1]?.trim() ?? ''
    const action =
      ACTIONS[
        field('Action')
          .toLowerCase()
          .split(/[\s(;]/, 1)[0]!
      ]
    const final = field('Final-Recipient')
    if (!action || (final === '' && field('Status') === '')) return []
    const said = oneLine(field('Diagnostic-Code').replace(/^[\w-]{1,40};\s*/, ''))
    const status = /^([245]\.\d{1,3}\.\d{1,3})\b/.exec(field('Status'))?.[1] ?? null
    return [
      {
        action,
        // 5.0.0 says only that it failed; what the host said often says more.
        status: status === null || status.endsWith('.0.0') ? (statusIn(said) ?? status) : status,
        said,
        addresses: [...new Set([final, field('Original-Recipient')].flatMap(addressIn))],
      },
    ]
  })
}

/** `relayed` and `expanded` mean only that the next host tells nothing more. */
const ACTIONS: Record<string, BouncedRecipient['action']> = {
  failed: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
}

/** `rfc822; sari@contoh.id`, with or without type and angle brackets. */
function addressIn(field: string): string[] {
  const address = /^(?:[\w-]{1,40}\s*;)?\s*<?([^<>\s;]{1,320}@[^<>\s;]{1,255})>?/.exec(field)?.[1]
  return address ? [normaliseAddress(address)] : []
}

const FAILURES = [
  // qmail
  /\bI wasn't able to deliver your message to the following addresses\b/i,
  // Exim
  /\bA message that you sent could not be delivered to (?:one or more|all) of its recipients\b/i,
  // Postfix
  /\bI'm sorry to have to inform you that your message could not\s+be delivered to one or more recipients\b/i,
  // Exchange and Outlook, old and new, and in Indonesian
  /\bYour message did not reach some or all of the intended recipients\b/i,
  /\bDelivery has failed to these recipients or (?:groups|distribution lists)\b/i,
  /\bPengiriman gagal ke penerima atau grup berikut\b/i,
  // Gmail, old and new
  /\bDelivery to the following recipients? failed permanently\b/i,
  /\b(?:Your message wasn't delivered to|Message not delivered|Pesan Anda tidak (?:terkirim|dikirim) ke|Alamat tidak ditemukan)\b/i,
  // Yahoo, sendmail and their kin
  /\bunable to deliver your message to the following addresse?s?\b/i,
  /\bThe following addresses had (?:permanent fatal|transient non-fatal) errors\b/i,
  /\b(?:mail|message) could not be delivered\b/i,
]
const DELAYS = [
  /\bThis is a warning message only\b/i,
  /\bmessage .{1,80} (?:delayed|has not been delivered yet)\b/i,
  /\bhas not (?:yet )?been delivered\b/i,
  /\b(?:temporary problem delivering|transient non-fatal errors|delivery (?:is )?(?:delayed|incomplete)|will be retried|pengiriman tertunda)\b/i,
]

const isFailure = (mail: Mail, whole: string) =>
  mail.headers['x-failed-recipients'] !== undefined ||
  [...FAILURES, ...DELAYS].some((words) => words.test(whole.slice(0, 8_000)))

/** One recipient, because every mail of ours has one; what the host said stands near the top. */
function readWords(mail: Mail, whole: string): BouncedRecipient[] {
  const top = whole.slice(0, 8_000)
  if (!isFailure(mail, whole)) return []
  const delayed = DELAYS.some((words) => words.test(`${mail.subject}\n${top}`)) && !/\bpermanent(?:ly)?\b/i.test(top)
  const addresses = [
    ...(mail.headers['x-failed-recipients'] ?? []).flatMap((value) => value.split(',')),
    ...[...top.matchAll(NAMED)].map((match) => match[1] ?? match[2] ?? match[3] ?? ''),
  ]
  const status = statusIn(top)
  // A reply of 4xx after which nothing more is tried is a failure, but says nothing against the address.
  return [
    {
      action: delayed ? 'delayed' : 'failed',
      status,
      said: saidIn(top, status),
      addresses: [...new Set(addresses.map((address) => normaliseAddress(address.trim())))].filter((address) =>
        address.includes('@'),
      ),
    },
  ]
}

/** `<sari@contoh.id>:` of qmail, Postfix and Yahoo; an address alone on its line; `'sari@contoh.id' on 21/11/2026` and "delivered to …". */
const NAMED =
  /^<([^<>\s]{1,320}@[^<>\s]{1,255})>:?[ \t]*(?:\(|$|host\b)|^[ \t]{0,12}(?:'|mailto:)?([^\s'<>:,;()]{1,320}@[^\s'<>:,;()]{1,255})'?:?[ \t]*(?:$|on \d)|delivered to ([^\s<>,;]{1,320}@[^\s<>,;]{1,255}?)\.? because/gim

/** An enhanced status that is no part of an IP address or version, else the reply code. */
function statusIn(text: string): string | null {
  const enhanced = /(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]|\.\d)/.exec(text)?.[1]
  return enhanced ?? /(?<![\d.#])\b([45]\d\d)(?=[ :-])/.exec(text)?.[1] ?? null
}

function saidIn(text: string, status: string | null): string {
  const lines = text.split('\n').map((line) => line.trim())
  return oneLine(
    (status && lines.find((line) => line.includes(status))) || lines.find((line) => UNREACHED.test(line)) || '',
  )
}
const UNREACHED = /unknown|not found|no such|does ?n[o']t exist|rejected|refused|tidak (?:ditemukan|dikenal|ada)/i

const oneLine = (text: string) =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, SAID_LENGTH_MAX)
    .toWellFormed()
