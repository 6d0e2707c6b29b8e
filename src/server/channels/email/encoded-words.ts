import { decodeText } from './charset.ts'

/**
 * The text of one encoded word of a header (RFC 2047), or of several that a mailer cut in the middle of a letter and the caller put
 * together again. `encoding` is Q or B in any case; the charset may name a language (RFC 2231 5) and may be wrong.
 */
export function decodeWord(charset: string, encoding: string, text: string): string {
  return decodeText(encoding.toUpperCase() === 'B' ? fromBase64(text) : fromQuoted(text), charset)
}

/** Each word was padded on its own. */
const fromBase64 = (text: string) =>
  Buffer.concat((text.match(/[^=]+=*/g) ?? []).map((piece) => Buffer.from(piece, 'base64')))

function fromQuoted(text: string): Buffer {
  const bytes = Buffer.from(text.replace(/=\s+(?=[0-9a-f])/gi, '=').replace(/[_\s]/g, ' '))
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const pair = bytes[at] === 0x3d ? bytes.toString('latin1', at + 1, at + 3) : ''
    const isHex = /^[0-9a-f]{2}$/i.test(pair)
    bytes[length++] = isHex ? Number.parseInt(pair, 16) : bytes[at]!
    if (isHex) at += 2
  }
  return bytes.subarray(0, length)
}
