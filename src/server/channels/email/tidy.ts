import { decodeText } from './charset.ts'

/** If one of these comes twice the first counts; the library would take the last. */
const FIRST_COUNTS = /^(from|reply-to|subject|message-id|date)$/
const HEADER_BYTES_EXAMINED = 2 * 1024 * 1024
const HEADER_SHOWN_MAX = 64 * 1024
const BOUNDARIES_MAX = 2000
const CONTENT_TYPE = /^content-type[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/im

/**
 * The same mail in a form that the MIME library reads as we want: 8-bit letters of the header as UTF-8 (RFC 6532 allows only that,
 * old mailers write windows-1252); of fields that may stand only once the first; spaces after a boundary taken off, which the
 * library does not expect (RFC 2046 5.1.1 does); a boundary that the header forgot, taken from the body. In pieces, the body's without a copy.
 */
export function tidyMail(raw: Uint8Array): Buffer[] {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const end = endOfHeader(bytes)
  const body = bytes.subarray(end)
  return [Buffer.from(tidyHeader(bytes.subarray(0, end), body)), ...withBareBoundaries(bytes, body)]
}

/** Where the header ends and the body, with its empty line, begins. */
export function endOfHeader(bytes: Buffer): number {
  const examined = bytes.subarray(0, HEADER_BYTES_EXAMINED)
  const ends = ['\r\n\r\n', '\n\n'].map((end) => examined.indexOf(end)).filter((at) => at >= 0)
  return ends.length > 0 ? Math.min(...ends) : examined.length
}

/** The beginning of a mail that cannot be read as a whole: enough to say whose it is and what it is about. */
export function headerOf(raw: Uint8Array): Uint8Array {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  return Buffer.concat([bytes.subarray(0, Math.min(endOfHeader(bytes), HEADER_SHOWN_MAX)), Buffer.from('\r\n\r\n')])
}

function tidyHeader(header: Buffer, body: Buffer): string {
  const seen = new Set<string>()
  const tidy = decodeText(header, null).replace(/^([A-Za-z-]{4,12})[ \t]*:/gm, (field, name: string) => {
    const key = name.toLowerCase()
    if (!FIRST_COUNTS.test(key)) return field
    if (seen.has(key)) return `X-Repeated-${field}`
    seen.add(key)
    return field
  })
  const type = CONTENT_TYPE.exec(tidy)?.[0] ?? ''
  if (!/multipart\//i.test(type) || /boundary[*0-9 \t]*=/i.test(type)) return tidy
  const boundary = /^--([^\s"]{1,200})[ \t]*\r?\n(?:content-|[ \t]*\r?\n)/im.exec(
    body.subarray(0, 65_536).toString('latin1'),
  )?.[1]
  return boundary ? tidy.replace(CONTENT_TYPE, () => `${type}; boundary="${boundary}"`) : tidy
}

/** A boundary line: two hyphens, 70 letters by RFC 2046 5.1.1 and more by mailers, two hyphens; then blanks. */
const BOUNDARY_LINE_MAX = 204
const WINDOW_BYTES = 1024 * 1024

/** The body in pieces that together lack only the blanks behind boundaries: no second copy of 25 MB for the sake of one. */
function withBareBoundaries(bytes: Buffer, body: Buffer): Buffer[] {
  const blanks = blanksBehindHyphens(body)
  if (blanks.length === 0) return [body]
  const boundaries = boundariesOf(bytes)
  const pieces: Buffer[] = []
  let from = 0
  for (const { name, at, end } of blanks) {
    if (!boundaries.has(name) && !boundaries.has(name.replace(/--$/, ''))) continue
    pieces.push(body.subarray(from, at))
    from = end
  }
  return [...pieces, body.subarray(from)]
}

/** Lines that begin with two hyphens and end with blanks: what they name, and where the blanks stand. */
function blanksBehindHyphens(body: Buffer): { name: string; at: number; end: number }[] {
  const found: { name: string; at: number; end: number }[] = []
  let line = body.subarray(0, 2).toString('latin1') === '--' ? 0 : body.indexOf('\n--') + 1
  while (line > 0 || (line === 0 && body.subarray(0, 2).toString('latin1') === '--')) {
    const text = body.toString('latin1', line + 2, line + 2 + BOUNDARY_LINE_MAX + 1)
    const ends = text.search(/[\r\n]/)
    const whole = ends < 0 ? text : text.slice(0, ends)
    const name = whole.trimEnd()
    if (whole.length <= BOUNDARY_LINE_MAX && name !== '' && name !== whole)
      found.push({ name, at: line + 2 + name.length, end: line + 2 + whole.length })
    line = body.indexOf('\n--', line + 1) + 1
  }
  return found
}

/** Every boundary that any header of the mail names. Read a window at a time, so that no string as long as the mail is made. */
function boundariesOf(bytes: Buffer): Set<string> {
  const boundaries = new Set<string>()
  for (let at = 0; at < bytes.length; at += WINDOW_BYTES) {
    const window = bytes.toString('latin1', at, at + WINDOW_BYTES + 512)
    for (const match of window.matchAll(/boundary[ \t]{0,9}=[ \t]{0,9}(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/gi)) {
      if (boundaries.size >= BOUNDARIES_MAX) return boundaries
      boundaries.add((match[1] ?? match[2])!.trimEnd())
    }
  }
  return boundaries
}
