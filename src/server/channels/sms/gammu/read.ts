/**
 * What Gammu SMSD brings: a row of its table `inbox`, one message's files of its folder `inbox/`, or how it went with a text of ours. The
 * item is JSON of what lay there ({@link Brought}).
 */
import {
  UnreadableText,
  type DeliveryReceipt,
  type Heard,
  type HeardText,
  type NothingHeard,
  type Read,
} from '../../texts/adapter.ts'
import { readPart, type PartOf } from '../read-part.ts'
import { isBackup, readBackup, textOfHex, type BackupPart } from './backup.ts'

export type Brought =
  | { what: 'row'; row: InboxRow }
  /** `content` in base64; the parts of one message in their order. */
  | { what: 'files'; files: { name: string; content: string }[] }
  | { what: 'sent'; outbox_id: string; number: number | null; status: string; error: string | null }

/** As Gammu's table has them. */
export interface InboxRow {
  ID: number | string
  ReceivingDateTime: string
  SenderNumber: string
  Text: string
  TextDecoded: string
  Coding: string
  UDH: string
  RecipientID: string
}

export const readGammu: Read = ({ raw, greeting }): Heard => {
  const brought = parse(raw)
  switch (brought.what) {
    case 'row':
      return readRow(brought.row)
    case 'files':
      return readFiles(brought.files)
    case 'sent':
      return readSent(brought, greeting.slice('gammu:'.length))
    default:
      throw new UnreadableText('no_message')
  }
}

function parse(raw: Buffer): Brought {
  try {
    const brought = JSON.parse(raw.toString('utf8')) as Brought
    const whole = {
      row: () => 'row' in brought && typeof brought.row === 'object' && brought.row !== null,
      files: () => 'files' in brought && Array.isArray(brought.files) && brought.files.length > 0,
      sent: () => 'outbox_id' in brought && typeof brought.outbox_id === 'string',
    }[brought.what]
    if (whole()) return brought
  } catch {
    // No JSON, or none of ours: said below.
  }
  throw new UnreadableText('no_message')
}

/** Each row is one part. Its own words stand in `Text`: `TextDecoded` of the first may hold those of all, and be empty in the others. */
function readRow(row: InboxRow): HeardText {
  const given = (name: keyof InboxRow) => (typeof row[name] === 'string' ? row[name] : '')
  if (given('Coding') === '8bit') throw new UnreadableText('binary_text')
  const part = partOf(given('UDH'))
  return textFrom(given('SenderNumber'), textOfHex(given('Text')) || given('TextDecoded'), part)
}

function textFrom(from: string, text: string, part: PartOf | null): HeardText {
  if (from.trim() === '') throw new UnreadableText('no_sender')
  const kept = text.replaceAll('\0', '')
  return {
    kind: 'text',
    from: from.trim(),
    to: '',
    name: '',
    text: part ? kept : kept.toWellFormed(),
    // Gammu's times have no zone.
    at: null,
    part,
    remote_id: null,
    answers_remote_id: null,
    button: null,
    media: [],
  }
}

const partOf = (header: string): PartOf | null =>
  /^(?:[0-9a-f]{2})+$/i.test(header) ? readPart(Buffer.from(header, 'hex')) : null

/** IN20261122_095348_00_+6281234_00.txt: date, time, which of that second, sender, which part. */
const NAME = /^IN(\d{8}_\d{6}_\d{2})_(.*)_(\d{2})\.(txt|bin|smsbackup)$/

/** What a file's name says; null for one that Gammu did not write. The sender is told here only: a file's content is the sender's own. */
export function readFileName(name: string): { message: string; sender: string; place: number; type: string } | null {
  const [, at, sender, place, type] = NAME.exec(name) ?? []
  return at === undefined ? null : { message: `${at}_${sender}`, sender: sender!, place: Number(place), type: type! }
}

function readFiles(files: readonly { name: string; content: string }[]): HeardText {
  const named = files.map(({ name, content }) => {
    const file = readFileName(String(name))
    if (!file || typeof content !== 'string') throw new UnreadableText('no_message')
    if (file.type === 'bin') throw new UnreadableText('binary_text')
    return { ...file, content: decode(Buffer.from(content, 'base64')) }
  })
  const { sender, content } = named[0]!
  if (!isBackup(content)) return textFrom(sender, named.map((file) => file.content).join(''), null)
  return textOfBackup(sender, readBackup(content))
}

function textOfBackup(sender: string, parts: readonly BackupPart[]): HeardText {
  if (parts.every(({ is_binary }) => is_binary)) throw new UnreadableText('binary_text')
  // Gammu waited long enough for the others; whoever joins parts goes on waiting.
  if (parts.length === 1) return textFrom(sender, parts[0]!.text, partOf(parts[0]!.header))
  const placed = parts.map((part, index) => ({ text: part.text, number: partOf(part.header)?.number ?? index + 1 }))
  const sorted = placed.toSorted((a, b) => a.number - b.number)
  return textFrom(sender, sorted.map(({ text }) => text).join(''), null)
}

function decode(bytes: Buffer): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return bytes.subarray(2).toString('utf16le')
  if (first === 0xfe && second === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le')
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text
}

const STATES: Readonly<Record<string, DeliveryReceipt['state']>> = {
  SendingOK: 'sent',
  SendingOKNoReport: 'sent',
  DeliveryOK: 'delivered',
  SendingError: 'failed',
  DeliveryFailed: 'failed',
  Error: 'failed',
}

function readSent(sent: Extract<Brought, { what: 'sent' }>, gateway: string): DeliveryReceipt | NothingHeard {
  const { outbox_id, number, status, error } = sent
  const state = STATES[status]
  // DeliveryPending, DeliveryUnknown: Gammu may say more later.
  if (state === undefined) return { kind: 'nothing', reason: 'report_unknown' }
  return {
    kind: 'receipt',
    gateway,
    of: { outbox_id, number },
    state,
    at: null,
    error: state === 'failed' ? (error ?? status) : null,
  }
}
