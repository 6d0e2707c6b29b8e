import { automaticReason, type AutomaticReason } from './automatic.ts'
import { splitAddress } from './addresses.ts'
import { invitationsIn, remarksOn, takeFiles, type MailRemark } from './attachments.ts'
import type { Invitation } from './calendar.ts'
import { decodeText } from './charset.ts'
import { foldMail } from './fold/fold-mail.ts'
import { isForwardedSubject } from './fold/markers.ts'
import { isTooDeep } from './html-text.ts'
import { harmlessHtml, type HarmlessHtml } from './harmless-html.ts'
import { addressesIn, parseMime, type ParsedAttachment, type ParsedMime } from './parse.ts'
import { pieceOf, type MailPiece } from './join-pieces.ts'
import { endOfHeader, tidyMail } from './tidy.ts'

export interface MailAddress {
  /** '' if the mail gives none. */
  name: string
  /** As written, with the domain in lower case. */
  address: string
}

export interface MailAttachment {
  /** Without any path; null if the mail gives none and the type suggests none. */
  name: string | null
  /** As claimed by the sender, lower case, without parameters. */
  type: string
  /** Bytes. */
  size: number
  content: Uint8Array<ArrayBuffer>
  /** True for pictures inside the text. */
  inline: boolean
  /** By which the HTML form names it (`cid:…`), without brackets; null if it has none. */
  content_id: string | null
}

/** A mail as intake uses it: plain values without NUL, all lists and lengths capped; it can be handed between threads. */
export interface Mail {
  /** Ids stand without angle brackets. */
  message_id: string | null
  in_reply_to: string[]
  references: string[]
  from: MailAddress | null
  reply_to: MailAddress | null
  to: MailAddress[]
  cc: MailAddress[]
  subject: string
  /** What the sender wrote now. */
  text: string
  /** What is folded away, as it stood: signature and repeated tail (`partsOfFolded` divides them). Null if there is neither. */
  quoted_text: string | null
  /** Nothing in it is of its sender's own: the text is a quotation, a signature, or empty. */
  only_repeats: boolean
  /** The HTML parts, made harmless; null if there are none. */
  html: HarmlessHtml | null
  /** What has to be said about this mail beside its own words. */
  remarks: MailRemark[]
  /** What its calendar says; the calendar itself is an attachment. */
  invitations: Invitation[]
  /** The text was longer than we keep beside the raw bytes. */
  text_cut: boolean
  attachments: MailAttachment[]
  /** It is one of the pieces into which a mail was cut for sending; its own words are only those of its header. */
  piece: MailPiece | null
  auto: { automatic: boolean; reason: AutomaticReason | null }
  /** What the Date field says; null if it says nothing sensible. */
  date: Date | null
  /** Lower-case type of the whole mail, such as `multipart/report`. */
  content_type: string
  /** Fields that later rules may ask for, by lower-case name; values without folding. */
  headers: Record<string, string[]>
}

/** RFC 5322 2.1.1: nothing in a header is longer than a line. */
const ID_LENGTH_MAX = 998
const REFERENCES_MAX = 100
const RECIPIENTS_MAX = 200
const ADDRESS_LENGTH_MAX = 254
const NAME_LENGTH_MAX = 200
const SUBJECT_LENGTH_MAX = 500
const TEXT_LENGTH_MAX = 200_000
const ATTACHMENTS_MAX = 200
const FILE_NAME_LENGTH_MAX = 200
const HEADER_VALUES_MAX = 20
const HEADER_VALUE_LENGTH_MAX = 1000

const OF_INTEREST = [
  'return-path',
  'delivered-to',
  'x-original-to',
  'sender',
  'auto-submitted',
  'precedence',
  'x-loop',
  'x-auto-response-suppress',
  'x-autoreply',
  'list-id',
  'list-unsubscribe',
  'authentication-results',
  'x-failed-recipients',
  'x-mailer',
  'user-agent',
]

/**
 * Reads a mail of any quality into a {@link Mail}. Pure: no files, no network, no clock. It runs in a thread of its own
 * because a hostile mail may need unbounded time or memory (`reader.ts` bounds both). Rejects if the MIME library gives up.
 */
export async function readMail(raw: Uint8Array): Promise<Mail> {
  const mime = await parseMime(tidyMail(raw))
  const fields = fieldsOf(mime)
  const content_type = contentType(fields)
  const { text: whole, html, files } = await takeFiles({ ...mime, text: mime.hollow ? bodyOf(raw) : mime.text })
  const subject = oneLine(String(mime.headers.get('subject') ?? ''), SUBJECT_LENGTH_MAX)
  const forwarded = isForwardedSubject(subject)
  const { text, folded_text, only_repeats } = foldMail(clean(whole.slice(0, TEXT_LENGTH_MAX)), { forwarded })
  const text_cut = mime.text_cut || whole.length > TEXT_LENGTH_MAX
  const from = people(mime, 'from').at(0) ?? null
  const reason = automaticReason(fields, content_type, { subject, from: from?.address ?? '' })
  return {
    message_id: idsIn(fields.get('message-id')).at(0) ?? null,
    in_reply_to: firstAndLast(idsIn(fields.get('in-reply-to'))),
    references: firstAndLast(idsIn(fields.get('references'))),
    from,
    reply_to: people(mime, 'reply-to').at(0) ?? null,
    to: people(mime, 'to'),
    cc: people(mime, 'cc'),
    subject,
    text,
    quoted_text: folded_text,
    only_repeats,
    html: html.trim() === '' || isTooDeep(html) ? null : harmlessHtml(html),
    remarks: [
      ...remarksOn(mime, files),
      ...(text_cut ? ['text_cut' as const] : []),
      ...(files.length > ATTACHMENTS_MAX ? ['attachments_cut' as const] : []),
    ],
    invitations: invitationsIn(files),
    text_cut,
    attachments: files.slice(0, ATTACHMENTS_MAX).map(attachment),
    piece: pieceOf(content_type, mime.types[0]?.parameters ?? {}),
    auto: { automatic: reason !== null, reason },
    date: dateIn(fields.get('date')),
    content_type,
    headers: Object.fromEntries(OF_INTEREST.flatMap((name) => valuesOf(fields, name))),
  }
}

/** All that stands below the header, for a mail whose structure is so broken that nothing else could be found. */
function bodyOf(raw: Uint8Array): string {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  return decodeText(bytes.subarray(endOfHeader(bytes)).subarray(0, TEXT_LENGTH_MAX), null)
}

/** The root's fields by lower-case name, in order, unfolded. */
function fieldsOf(mime: ParsedMime): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const { key, line } of mime.lines) {
    // The library hands lines over as Latin-1, one character a byte.
    const value = Buffer.from(line.slice(line.indexOf(':') + 1), 'latin1')
      .toString()
      .replace(/\r?\n/g, '')
    const values = fields.get(key)
    if (values) values.push(value)
    else fields.set(key, [value])
  }
  return fields
}

const contentType = (fields: Map<string, string[]>) =>
  oneLine(fields.get('content-type')?.at(0)?.split(';', 1)[0] ?? 'text/plain', 127).toLowerCase()

/** Every `<id>`; where a mailer forgot the brackets, the words that look like an id. */
function idsIn(values: string[] | undefined): string[] {
  const text = values?.join(' ') ?? ''
  const bracketed = [...text.matchAll(/<([^<>]+)>/g)].map((match) => match[1]!)
  const found = bracketed.length > 0 ? bracketed : text.split(/\s+/).filter((word) => word.includes('@'))
  return [...new Set(found.map((id) => id.replace(/[\s\p{Cc}]+/gu, '')))].filter(
    (id) => id !== '' && id.length <= ID_LENGTH_MAX,
  )
}

/** Of a very long thread the root and the newest: these are the ones that lead to a ticket. */
const firstAndLast = (ids: string[]) =>
  ids.length <= REFERENCES_MAX ? ids : [ids[0]!, ...ids.slice(1 - REFERENCES_MAX)]

function people(mime: ParsedMime, field: string): MailAddress[] {
  return addressesIn(mime.headers, field)
    .filter(({ address }) => address.includes('@') && address.length <= ADDRESS_LENGTH_MAX)
    .slice(0, RECIPIENTS_MAX)
    .map(({ name, address }) => {
      const { local, domain } = splitAddress(oneLine(address, ADDRESS_LENGTH_MAX))
      return { name: oneLine(name, NAME_LENGTH_MAX), address: `${local}@${domain.toLowerCase()}` }
    })
}

function attachment({ name, type, content, inline, content_id }: ParsedAttachment): MailAttachment {
  const file = oneLine((name ?? '').split(/[/\\]/).at(-1) ?? '', FILE_NAME_LENGTH_MAX)
  const claimed = type.trim().toLowerCase()
  return {
    name: file === '' ? null : file,
    type: /^[a-z0-9!#$&^_.+-]{1,63}\/[a-z0-9!#$&^_.+-]{1,63}$/.test(claimed) ? claimed : 'application/octet-stream',
    size: content.byteLength,
    content: ofItsOwn(content),
    inline,
    content_id: content_id === null ? null : oneLine(content_id, ID_LENGTH_MAX) || null,
  }
}

/** Small Buffers share one pool, and what is handed to another thread must not. */
function ofItsOwn(content: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = content
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(content)
}

function dateIn(values: string[] | undefined): Date | null {
  const date = new Date((values?.at(0) ?? '').replace(/\([^()]*\)/g, '').trim())
  return date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 9999 ? date : null
}

function valuesOf(fields: Map<string, string[]>, name: string): [string, string[]][] {
  const values = fields.get(name)
  return values
    ? [[name, values.slice(0, HEADER_VALUES_MAX).map((value) => oneLine(value, HEADER_VALUE_LENGTH_MAX))]]
    : []
}

/** PostgreSQL takes no NUL in a text, and half a surrogate pair is no character. */
const clean = (text: string) => text.replaceAll('\0', '').replace(/\r\n?/g, '\n').toWellFormed()

const oneLine = (text: string, max: number) =>
  clean(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, max)
    .toWellFormed()
