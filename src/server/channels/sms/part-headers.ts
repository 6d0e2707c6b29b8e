import { createHash } from 'node:crypto'
import { septetsOf } from './alphabet.ts'
import type { Coding } from './segments.ts'

/** A header with a reference of two bytes takes one byte more, which costs each part a letter (3GPP TS 23.040, 9.2.3.24.8). */
const WIDE_MAX = { gsm: 152, ucs2: 66 } as const

/**
 * The user data headers of the parts of a longer text, with their length byte; none for a text of one part. The reference has two bytes where
 * every part leaves room for them. It is made from the row's id: a text that has to be sent again has the same, so that a telephone which
 * got some parts already puts them together once; and the time in it keeps texts of neighbouring minutes apart.
 * @param outbox_id a UUIDv7
 */
export function partHeaders(outbox_id: string, parts: readonly string[], coding: Coding): Buffer[] {
  if (parts.length < 2) return []
  const seconds = Math.floor(Number.parseInt(outbox_id.replaceAll('-', '').slice(0, 12), 16) / 1000) & 0xff
  const any = createHash('sha256').update(outbox_id).digest()[0]!
  const wide = parts.every((part) => sizeOf(part, coding) <= WIDE_MAX[coding])
  return parts.map((_, index) =>
    Buffer.from(
      wide
        ? [0x06, 0x08, 0x04, seconds, any, parts.length, index + 1]
        : [0x05, 0x00, 0x03, seconds, parts.length, index + 1],
    ),
  )
}

const sizeOf = (part: string, coding: Coding) =>
  coding === 'ucs2' ? part.length : [...part].reduce((sum, letter) => sum + (septetsOf(letter) ?? 1), 0)
