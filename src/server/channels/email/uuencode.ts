/** A file that an old mailer wrote into the text itself, between "begin 644 name" and "end". */
export interface UuencodedFile {
  name: string
  content: Buffer
}

const BEGIN = /^begin [0-7]{3,4} (\S.{0,200})$/
/** A line says by its first letter how many bytes it holds: at most 45 by custom, 63 by its letters. */
const BYTES_MAX = 63

/**
 * Takes uuencoded files out of a text; where each stood a line names it. What is not sound from "begin" to "end" stays in the text,
 * and so does yEnc, which needs bytes that a text does not carry. One pass.
 */
export function takeUuencoded(text: string): { text: string; files: UuencodedFile[] } {
  if (!/^begin [0-7]{3,4} /m.test(text)) return { text, files: [] }
  const lines = text.split('\n')
  const files: UuencodedFile[] = []
  const kept: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const name = BEGIN.exec(lines[at]!.trimEnd())?.[1]
    const decoded = name === undefined ? null : decodeFrom(lines, at + 1)
    if (decoded?.content) {
      files.push({ name: name!, content: decoded.content })
      kept.push(`[${name}]`)
      at = decoded.end
      continue
    }
    // Unsound: not looked at again line by line, or a thousand "begin" would cost a thousand passes.
    const stop = decoded ? decoded.end : at + 1
    for (; at < stop; at++) kept.push(lines[at]!)
    at--
  }
  return { text: kept.join('\n'), files }
}

/** The bytes and the place of "end"; no bytes, and the place where it ceased to be sound, if it is none. */
function decodeFrom(lines: readonly string[], start: number): { content: Buffer | null; end: number } {
  const pieces: Buffer[] = []
  for (let at = start; at < lines.length; at++) {
    const line = lines[at]!.trimEnd()
    if (line === 'end') return { content: Buffer.concat(pieces), end: at }
    if (line === '' || line === '`') continue
    const piece = decodeLine(line)
    if (!piece) return { content: null, end: at }
    pieces.push(piece)
  }
  return { content: null, end: lines.length }
}

function decodeLine(line: string): Buffer | null {
  const value = (at: number) => (at < line.length ? (line.charCodeAt(at) - 32) & 63 : 0)
  const length = value(0)
  const digits = Math.ceil(length / 3) * 4
  // Mailers strip spaces at the end, which are zeros; some add a checksum letter.
  if (!/^[\x20-\x60]+$/.test(line) || length > BYTES_MAX || line.length > digits + 2) return null
  const bytes = Buffer.alloc(Math.ceil(length / 3) * 3)
  for (let group = 0; group * 3 < length; group++) {
    const [a, b, c, d] = [1, 2, 3, 4].map((place) => value(group * 4 + place)) as [number, number, number, number]
    bytes.writeUIntBE((a << 18) | (b << 12) | (c << 6) | d, group * 3, 3)
  }
  return bytes.subarray(0, length)
}
