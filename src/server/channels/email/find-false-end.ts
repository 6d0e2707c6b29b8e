const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e

/**
 * Whether a mail holds what another mail server could take for its end although it is none: a dot alone on a line that is not between
 * two CRLF (`LF.LF`, `LF.CRLF`, `CRLF.LF`, `CR.CR` and kin), NULs beside it included. Such a mail was made to smuggle a second one
 * through somebody (SMTP smuggling, CERT VU#302671), and whoever passes its bytes on would be the next. One pass, no copy.
 */
export function hasFalseEnd(raw: Buffer): boolean {
  // Attachments have no such dot, and the search for one is a native one.
  if (raw[0] !== DOT && !raw.includes('\n.') && !raw.includes('\r.') && !raw.includes('\0.')) return false
  // Byte by byte: a call for each dot would make a mail of dots dear.
  for (let dot = 0; dot < raw.length; dot++) {
    if (raw[dot] !== DOT) continue
    // Most dots stand inside a word.
    if (!mayEndLine(raw[dot + 1]) || !mayEndLine(raw[dot - 1])) continue
    const [before, after] = [skipNuls(raw, dot - 1, -1), skipNuls(raw, dot + 1, 1)]
    if (!isLineEnd(raw[before]) || !isLineEnd(raw[after])) continue
    if (!(endsCleanly(raw, dot) && beginsCleanly(raw, dot))) return true
  }
  return false
}

// Outside the mail counts as CRLF: a server that reads leniently begins to look there.
const isLineEnd = (byte: number | undefined) => byte === undefined || byte === LF || byte === CR
const mayEndLine = (byte: number | undefined) => isLineEnd(byte) || byte === NUL

function skipNuls(raw: Uint8Array, from: number, step: 1 | -1): number {
  let at = from
  while (raw[at] === NUL) at += step
  return at
}

const beginsCleanly = (raw: Uint8Array, dot: number) => dot === 0 || (raw[dot - 1] === LF && raw[dot - 2] === CR)
const endsCleanly = (raw: Uint8Array, dot: number) => raw[dot + 1] === CR && raw[dot + 2] === LF
