import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import { isValidAddress, splitAddress } from './addresses.ts'
import { LOOP_FIELD, loopMark } from './automatic.ts'
import { htmlOfText } from './html-of-text.ts'
import type { MailAddress } from './read.ts'

export interface OutgoingMail {
  from: MailAddress
  /** One recipient: every recipient has an outbox row of its own. */
  to: MailAddress
  /** The signed reply address, mostly. */
  reply_to?: MailAddress | null
  subject: string
  text: string
  /** Without angle brackets, and the same on every attempt to send this mail. */
  message_id: string
  in_reply_to?: string | null
  references?: readonly string[]
  /** Of the outbox row, so that every attempt gives the same bytes. */
  date: Date
  /** Written by us and not by a person: says so in the header (RFC 3834), so that no machine answers. */
  automatic: boolean
  language: 'id' | 'en'
  /** PANDU_ORIGIN: only links that begin with it can be clicked. */
  origin: string
  /** Where bounces go; null for none (`<>`), which answers to automatic mail must have. Default: `from`. */
  return_path?: string | null
  attachments?: readonly { name: string; type: string; content: Uint8Array }[]
}

/** Who is told to the relay. `from` is '' for the null return path. */
export interface Envelope {
  from: string
  to: string[]
}

const SUBJECT_LENGTH_MAX = 500
const NAME_LENGTH_MAX = 200
const REFERENCES_MAX = 20
const ID = /^[^\s<>\p{Cc}]{1,998}$/u

/**
 * The bytes of a mail of ours and its envelope: a text part, an HTML part made from it, nothing loaded from elsewhere.
 * Names, subject, ids and file names cannot add a line to the header: line breaks and control characters become spaces.
 * Throws when an address is none: a mail to a guess must not leave the house.
 */
export async function composeMail(mail: OutgoingMail): Promise<{ raw: Buffer; envelope: Envelope }> {
  const { from, to, reply_to, text, language } = mail
  for (const { address } of [from, to, ...(reply_to ? [reply_to] : [])]) {
    if (!isValidAddress(address)) throw new Error('not a mail address')
  }
  const subject = oneLine(mail.subject, SUBJECT_LENGTH_MAX)
  const composer = new MailComposer({
    from: person(from),
    to: person(to),
    ...(reply_to && { replyTo: person(reply_to) }),
    subject,
    date: mail.date,
    ...threading(mail),
    headers: { ...markers(mail), 'Content-Language': language },
    text: withoutNul(text),
    html: htmlOfText({ text: withoutNul(text), subject, language, origin: mail.origin }),
    attachments: (mail.attachments ?? []).map(attachment),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const raw = await composer.compile().build()
  const return_path = mail.return_path === undefined ? from.address : (mail.return_path ?? '')
  return { raw, envelope: { from: sendable(return_path), to: [sendable(to.address)] } }
}

const person = ({ name, address }: MailAddress) => ({ name: oneLine(name, NAME_LENGTH_MAX), address })

/** In-Reply-To and References (RFC 5322 3.6.4): of a long thread its root and the newest. */
function threading({ message_id, in_reply_to, references = [] }: OutgoingMail) {
  if (!ID.test(message_id)) throw new Error('not a Message-ID')
  const parent = in_reply_to && ID.test(in_reply_to) ? in_reply_to : null
  const all = [...new Set([...references, ...(parent ? [parent] : [])])].filter((id) => ID.test(id))
  const kept = all.length > REFERENCES_MAX ? [all[0]!, ...all.slice(1 - REFERENCES_MAX)] : all
  return {
    messageId: `<${message_id}>`,
    ...(parent && { inReplyTo: `<${parent}>` }),
    ...(kept.length > 0 && { references: kept.map((id) => `<${id}>`) }),
  }
}

function markers({ automatic, in_reply_to, from }: OutgoingMail): Record<string, string> {
  if (!automatic) return {}
  return {
    'Auto-Submitted': in_reply_to ? 'auto-replied' : 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    [LOOP_FIELD]: loopMark(splitAddress(from.address).domain),
  }
}

function attachment({ name, type, content }: { name: string; type: string; content: Uint8Array }) {
  // message/* and multipart/* may not be encoded like files (RFC 2046 5.2), so they travel as plain bytes.
  const plain = /^(?!message|multipart)[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/i.test(type)
  return {
    filename: oneLine(name, NAME_LENGTH_MAX).replace(/[/\\]/g, '_'),
    contentType: plain ? type : 'application/octet-stream',
    content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    contentDisposition: 'attachment' as const,
  }
}

/** Domains travel in ASCII; a local part beyond ASCII needs a relay with SMTPUTF8. */
function sendable(address: string): string {
  if (address === '') return ''
  const { local, domain } = splitAddress(address)
  return `${local}@${domainToASCII(domain) || domain}`
}

const withoutNul = (text: string) => text.replaceAll('\0', '').toWellFormed()

const oneLine = (text: string, max: number) =>
  text
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, max)
    .toWellFormed()
