/**
 * The GSM 7-bit default alphabet as numbers, one letter a byte, as SMPP carries it (3GPP TS 23.038, 6.2.1 and 6.2.1.1). Packing seven bits
 * into eight is the operator's work.
 */

const ESCAPE = 0x1b
// At its place stands its number; the escape is no letter.
const BASIC = [
  ...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
]
const EXTENSION: readonly (readonly [number, string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
]
const octets = new Map<string, readonly number[]>([
  ...BASIC.map((letter, octet) => [letter, [octet]] as const),
  ...EXTENSION.map(([octet, letter]) => [letter, [ESCAPE, octet]] as const),
])
const extended = new Map(EXTENSION)

/** A letter that the alphabet does not have becomes a question mark: such a text should go out as UCS-2 (alphabet.ts says so). */
export const gsmOctets = (text: string): Buffer =>
  Buffer.from([...text].flatMap((letter) => octets.get(letter) ?? octets.get('?')!))

/** An escape before a number without a letter there shows the letter of the basic table, as the standard wants it; alone it is a blank. */
export function gsmText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at]! & 0x7f
    if (octet !== ESCAPE) text += BASIC[octet]!
    else {
      const next = bytes[++at]
      if (next === undefined || next === ESCAPE) text += ' '
      else text += extended.get(next & 0x7f) ?? BASIC[next & 0x7f]!
    }
  }
  return text
}
