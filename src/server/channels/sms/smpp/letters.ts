/** Octets of a message to text and back, by `data_coding` (SMPP 3.4, 5.2.19). */
import { gsmOctets, gsmText } from '../gsm-octets.ts'

/** What data_coding 0 means is each operator's own choice: nearly always GSM 7-bit with a letter in each byte. */
export const defaultAlphabets = ['gsm', 'latin1', 'ascii'] as const
export type DefaultAlphabet = (typeof defaultAlphabets)[number]

export const UCS2 = 8

/** The text, or null for octets that are no text (ring tones, settings for telephones) or of an unknown alphabet. */
export function textOf(octets: Buffer, data_coding: number, alphabet: DefaultAlphabet): string | null {
  switch (alphabetOf(data_coding)) {
    case 'default':
      return textOfDefault(octets, alphabet)
    case 'latin1':
      return octets.toString('latin1')
    case 'cyrillic':
      return new TextDecoder('iso-8859-5').decode(octets)
    case 'hebrew':
      return new TextDecoder('iso-8859-8').decode(octets)
    case 'ucs2':
      return octets.subarray(0, octets.length & ~1).length === 0
        ? ''
        : Buffer.from(octets.subarray(0, octets.length & ~1))
            .swap16()
            .toString('utf16le')
    default:
      return null
  }
}

const TABLE = ['default', 'latin1', 'binary', 'latin1', 'binary', 'unknown', 'cyrillic', 'hebrew', 'ucs2'] as const

function alphabetOf(data_coding: number): (typeof TABLE)[number] {
  const group = data_coding >> 4
  if (group === 0) return TABLE[data_coding] ?? 'unknown'
  // The rest is 3GPP TS 23.038, section 4: general groups, waiting messages, message class.
  if (group < 4) return (['default', 'binary', 'ucs2', 'unknown'] as const)[(data_coding >> 2) & 3]!
  if (group === 0xc || group === 0xd) return 'default'
  if (group === 0xe) return 'ucs2'
  if (group === 0xf) return data_coding & 4 ? 'binary' : 'default'
  return 'unknown'
}

function textOfDefault(octets: Buffer, alphabet: DefaultAlphabet): string {
  if (alphabet !== 'gsm') return octets.toString('latin1')
  // GSM letters have seven bits. An operator whose octets have eight sends something else under the same number.
  if (octets.some((octet) => octet > 0x7f)) {
    const text = octets.toString('utf8')
    return text.includes('\uFFFD') ? octets.toString('latin1') : text
  }
  return gsmText(octets)
}

/** A text of GSM letters as the operator's default alphabet has them; what it lacks (Δ in Latin 1) becomes a question mark. */
export function defaultOctets(text: string, alphabet: DefaultAlphabet): Buffer {
  if (alphabet === 'gsm') return gsmOctets(text)
  const last = alphabet === 'latin1' ? 0xff : 0x7f
  return Buffer.from([...text].map((letter) => (letter.codePointAt(0)! <= last ? letter : '?')).join(''), 'latin1')
}

export const ucs2Octets = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
