import { domainToASCII } from 'node:url'
import { base32, sameBytes, type Secrets } from '../../platform/secrets.ts'

/** RFC 5321 4.5.3.1: octets of a local part, and of a whole address (path of 256 without its angle brackets). */
const LOCAL_PART_MAX = 64
const ADDRESS_MAX = 254
/** 26 base32 digits carry 130 bits: one UUID, or a MAC of at least 128 bits. */
const DIGITS = 26
const TOKEN = new RegExp(`^(\\d{1,11})-([a-z2-7]{${DIGITS}})([a-z2-7]{${DIGITS}})$`)
const MESSAGE_ID = new RegExp(`^(?:(\\d{1,11})\\.)?([a-z2-7]{${DIGITS}})\\.([a-z2-7]{${DIGITS}})@`)

export interface ReplyAddress {
  /** The ticket's number with its check digit; unique and never changed, so it stands for the ticket. */
  ticket_number: string
  /** UUID of the person this address was given to. */
  participant_id: string
}

/**
 * The address to which one participant answers on one ticket: `<number>-<participant><mac>@<reply domain>`.
 * The local part has at most 11 + 1 + 26 + 26 = 64 octets. A 128-bit MAC and two UUIDs would need 78, so the ticket is
 * named by its number. The MAC covers purpose, ticket and participant; checking it needs no database.
 * Only lower-case letters, digits and a hyphen: mail hosts may change upper case and treat `+`, `=` or `_` in ways of their own.
 */
export function replyAddress(
  secrets: Secrets,
  domain: string,
  { ticket_number, participant_id }: ReplyAddress,
): string {
  const participant = base32(bytesOf(participant_id))
  const local = `${ticket_number}-${participant}${replyMac(secrets, ticket_number, participant)}`
  if (!TOKEN.test(local)) throw new Error('a ticket number has 1 to 11 digits')
  return `${local}@${domain}`
}

/**
 * Whose reply address this is; null if it is not on the reply domain, is malformed or has one wrong bit.
 * Upper case is read as lower case. The caller still asks whether the participant takes part in that ticket.
 */
export function readReplyAddress(secrets: Secrets, domain: string, address: string): ReplyAddress | null {
  const { local, domain: itsDomain } = splitAddress(address.toLowerCase())
  const parts = itsDomain === domain.toLowerCase() ? TOKEN.exec(local) : null
  if (!parts) return null
  const [, ticket_number = '', participant = '', mac = ''] = parts
  if (!sameBytes(mac, replyMac(secrets, ticket_number, participant))) return null
  const participant_id = uuidOf(participant)
  return participant_id ? { ticket_number, participant_id } : null
}

const replyMac = (secrets: Secrets, ticket_number: string, participant: string) =>
  base32(secrets.sign('reply_address', 'reply', ticket_number, participant)).slice(0, DIGITS)

const BOUNCE = new RegExp(`^b-([a-z2-7]{${DIGITS}})([a-z2-7]{${DIGITS}})$`)

/**
 * The envelope sender of one row of the outbox: `b-<row><mac>@<reply domain>`. What comes back to it is about that one mail and that one
 * recipient, whatever its words are (VERP). A reply address begins with a digit, so neither can be taken for the other.
 */
export function bounceAddress(secrets: Secrets, domain: string, outbox_id: string): string {
  const row = base32(bytesOf(outbox_id))
  return `b-${row}${bounceMac(secrets, row)}@${domain}`
}

/** Which row of the outbox an envelope sender of ours stands for; null for every other address and for one with a wrong bit. */
export function readBounceAddress(secrets: Secrets, domain: string, address: string): string | null {
  const { local, domain: itsDomain } = splitAddress(address.toLowerCase())
  const parts = itsDomain === domain.toLowerCase() ? BOUNCE.exec(local) : null
  if (!parts) return null
  const [, row = '', mac = ''] = parts
  return sameBytes(mac, bounceMac(secrets, row)) ? uuidOf(row) : null
}

const bounceMac = (secrets: Secrets, row: string) =>
  base32(secrets.sign('reply_address', 'bounce', row)).slice(0, DIGITS)

const ROW = new RegExp(`^([okn])-([a-z2-7]{${DIGITS}})([a-z2-7]{${DIGITS}})$`)
export interface RowAddress {
  /** What it is for: the folder that makes it says so. */
  letter: 'o' | 'k' | 'n'
  /** UUID of a row of that folder. */
  id: string
}

/** An address that names one row of a folder above, and what is written to it: `<letter>-<row><mac>@<reply domain>`. */
export function rowAddress(secrets: Secrets, domain: string, { letter, id }: RowAddress): string {
  const row = base32(bytesOf(id))
  return `${letter}-${row}${rowMac(secrets, letter, row)}@${domain}`
}

/** What such an address names; null for every other one and for one with a wrong bit. */
export function readRowAddress(secrets: Secrets, domain: string, address: string): RowAddress | null {
  const { local, domain: itsDomain } = splitAddress(address.toLowerCase())
  const [, letter = '', row = '', mac = ''] = (itsDomain === domain.toLowerCase() ? ROW.exec(local) : null) ?? []
  if (row === '' || !sameBytes(mac, rowMac(secrets, letter, row))) return null
  const id = uuidOf(row)
  return id ? { letter: letter as RowAddress['letter'], id } : null
}

const rowMac = (secrets: Secrets, letter: string, row: string) =>
  base32(secrets.sign('reply_address', 'row', letter, row)).slice(0, DIGITS)

export interface OwnMessageId {
  /** Null for mails that belong to no ticket, such as a password reset. */
  ticket_number: string | null
  /** UUID of the message or outbox row. */
  id: string
}

/** The Message-ID of a mail of ours, without angle brackets: `[<number>.]<id>.<mac>@<domain>`. The MAC proves that we made it. */
export function messageId(secrets: Secrets, domain: string, { ticket_number, id }: OwnMessageId): string {
  const name = base32(bytesOf(id))
  return `${ticket_number ? ticket_number + '.' : ''}${name}.${idMac(secrets, ticket_number, name)}@${domain}`
}

/** What a Message-ID of ours names; null for everybody else's and for forged ones. Angle brackets are allowed. */
export function readMessageId(secrets: Secrets, messageId: string): OwnMessageId | null {
  const parts = MESSAGE_ID.exec(messageId.trim().replace(/^</, '').toLowerCase())
  if (!parts) return null
  const [, number, name = '', mac = ''] = parts
  const ticket_number = number ?? null
  if (!sameBytes(mac, idMac(secrets, ticket_number, name))) return null
  const id = uuidOf(name)
  return id ? { ticket_number, id } : null
}

const idMac = (secrets: Secrets, ticket_number: string | null, name: string) =>
  base32(secrets.sign('message_id', ticket_number ?? '', name)).slice(0, DIGITS)

/**
 * The form in which addresses are compared: NFC, lower case throughout, domain in its ASCII form (IDNA), no spaces around.
 * For sending the address is used as it was given: some hosts do tell upper from lower case in the local part.
 */
export function normaliseAddress(address: string): string {
  const { local, domain } = splitAddress(address.trim().normalize('NFC').toLowerCase())
  if (!domain) return local
  return `${local}@${domainToASCII(domain) || domain}`
}

/** Local part and domain, divided at the last `@`. Without one the domain is ''. */
export function splitAddress(address: string): { local: string; domain: string } {
  const at = address.lastIndexOf('@')
  return at < 0 ? { local: address, domain: '' } : { local: address.slice(0, at), domain: address.slice(at + 1) }
}

// A dot-atom with RFC 6532 letters. No quoted local parts and no address literals: two programs read those differently,
// and a mail then goes to somebody else (CVE-2025-13033).
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u{10ffff}-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u{10ffff}-]+)*$/iu
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const UNPRINTABLE = /[\p{C}\p{Z}]/u

/** Whether we would send to this address. `localhost` is allowed for trying Pandu out; other names need a dot. */
export function isValidAddress(address: string): boolean {
  if (Buffer.byteLength(address) > ADDRESS_MAX || UNPRINTABLE.test(address)) return false
  const { local, domain } = splitAddress(address)
  // Encoded words are forbidden in addresses (RFC 2047 5); a reader that decodes them gets another address.
  if (!LOCAL_PART.test(local) || local.includes('=?') || Buffer.byteLength(local) > LOCAL_PART_MAX) return false
  const ascii = domainToASCII(domain.toLowerCase())
  return ascii.length <= 253 && (DOMAIN.test(ascii) || ascii === 'localhost') && !/\.\d+$/.test(ascii)
}

function bytesOf(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  if (bytes.length !== 16) throw new Error('not a UUID')
  return bytes
}

/** The reverse of base32 over 16 bytes; null when the two left-over bits are set, so that each UUID has one spelling. */
function uuidOf(digits: string): string | null {
  let value = 0n
  for (const digit of digits) value = (value << 5n) | BigInt('abcdefghijklmnopqrstuvwxyz234567'.indexOf(digit))
  if ((value & 3n) !== 0n) return null
  const hex = (value >> 2n).toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
