import { parsePhoneNumberFromString } from 'libphonenumber-js'

export type AddressChannel = 'email' | 'phone' | 'telegram'
export interface Address {
  /** As it is shown. */
  address: string
  /** As it is compared: a mail address in lower case, a telephone number in E.164, the id of a Telegram chat. */
  normalised: string
}

const ADDRESS_LENGTH_MAX = 320
// One @ between an unquoted local part and a host; what SMTP can carry beyond this nobody at a help desk has.
const MAIL = /^[^\s@<>()[\],;:"\\\p{C}]{1,64}@[^\s@<>()[\],;:"\\\p{C}]{1,255}$/u

/**
 * A mail address, telephone number or chat as it is stored and compared; null when it is none. Telephone numbers are Indonesian unless they
 * say otherwise, and are found in what people really write: '0857 1234 5678', '62857…', 'WA: +62 857-1234-5678'. Who shows WhatsApp no number is
 * known there by an id, 'ID.13491208655302741918', which counts as a number that only WhatsApp reaches.
 */
export function normaliseAddress(channel: AddressChannel, text: string): Address | null {
  if (channel === 'telegram') return /^\d{1,20}$/.test(text) ? { address: text, normalised: text } : null
  return channel === 'email' ? normaliseMail(text) : normalisePhone(text)
}

function normaliseMail(text: string): Address | null {
  const address = text.trim()
  if (address.length > ADDRESS_LENGTH_MAX || !MAIL.test(address)) return null
  // Only A to Z: Unicode's lower case makes one of two different addresses (the Kelvin sign becomes a k), and one would get the other's mail.
  return { address, normalised: address.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()) }
}

/**
 * What WhatsApp tells of people who go by a username instead of a number (business-scoped user ID, 2026): it reaches them by WhatsApp only,
 * and stands where their number would. Long enough that nobody types one by chance.
 */
const WHATSAPP_USER = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{10,128}$/

function normalisePhone(text: string): Address | null {
  if (WHATSAPP_USER.test(text)) return { address: text, normalised: text }
  // 'sari0812345678@…' in the wrong field: the digits of a mail address are nobody's number.
  if (/\S@\S/.test(text)) return null
  // Words around the number ('WA:', 'HP.') go first, and what stands behind one: an extension ('ext 12') is no part of a number, and glued to it
  // would make somebody else's.
  const written = text
    .normalize('NFKC')
    .slice(0, 100)
    .replace(/\p{Cf}/gu, '')
    .replace(AREA_STROKE, '$1 ')
  const numbers = new Set((written.match(NUMBER_RUN) ?? []).flatMap((run) => readNumber(run) ?? []))
  // Two of them: nobody knows which is meant.
  const [number] = numbers
  return number !== undefined && numbers.size === 1 ? { address: number, normalised: number } : null
}

/** An area code in front of a stroke, as it stood on letterheads: '0341/123456'. */
const AREA_STROKE = /((?:^|[^\d+])\(?0\d{2,3}\)?)\s*\//
/** Digits and what people put between them. */
const NUMBER_RUN = /\+?\d[\d\s().\p{Pd}]*/gu

/** The library knows 0… and +62…, but not 62…. */
function readNumber(run: string): string | null {
  const digits = run.replace(/[^\d+]/g, '')
  const plus = digits.startsWith('+') || digits.startsWith('00')
  const bare = digits.replaceAll('+', '').replace(/^00/, '')
  const number = parsePhoneNumberFromString(plus || bare.startsWith('62') ? `+${bare}` : bare, 'ID')
  return number?.isPossible() ? number.number : null
}
