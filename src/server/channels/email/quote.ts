/** The part of a mail that its sender wrote now, and the tail that repeats earlier mails. */
export interface Folded {
  text: string
  quoted_text: string | null
}

const ATTRIBUTION = /^(On|Pada)\s.{5,600}\b(wrote|menulis)\s?:$/
const ORIGINAL_MESSAGE = /^-{2,}\s*(Original Message|Pesan Asli|Pesan Awal)\s*-{2,}$/i
const FROM = /^\*?(From|Dari)\s*:/i
const TO = /^\*?(To|Kepada|Ke)\s*:/i
const WHEN_OR_WHAT = /^\*?(Sent|Date|Subject|Dikirim|Terkirim|Tanggal|Subjek|Perihal)\s*:/i
/** Outlook draws a line above its header block. */
const RULE = /^_{10,}$/
/** An attribution wraps at 72 to 80 characters, so it takes at most three lines. */
const ATTRIBUTION_LINES = 3
const HEADER_LINES = 6
const LINE_EXAMINED_MAX = 700

/**
 * Folds the quoted tail away: what follows "On … wrote:", "Pada … menulis:", "-----Original Message-----" or a block
 * "From/Dari … To/Kepada …", or else the closing lines that begin with ">". Nothing is dropped, only divided. A tail in which
 * somebody answers between quoted lines stays in the text, and so does a mail that is nothing but a quotation.
 */
export function foldQuote(text: string): Folded {
  const lines = text.split('\n')
  const start = findTail(lines)
  const head = lines.slice(0, start).join('\n').trimEnd()
  if (start === lines.length || head === '') return { text: text.trim(), quoted_text: null }
  return { text: head.trim(), quoted_text: lines.slice(start).join('\n').trim() }
}

function findTail(lines: string[]): number {
  const trimmed = lines.map((line) => line.slice(0, LINE_EXAMINED_MAX).trim())
  const lastOwn = trimmed.findLastIndex((line) => line !== '' && !line.startsWith('>'))
  const firstQuotes = firstQuoteFrom(trimmed)
  for (let at = 0; at < trimmed.length; at++) {
    const firstQuote = firstQuotes[at]!
    const answeredBetween = firstQuote < trimmed.length && lastOwn > firstQuote
    if (!answeredBetween && opensQuote(trimmed, at)) return RULE.test(trimmed[at - 1] ?? '') ? at - 1 : at
  }
  const closing = firstQuotes[lastOwn + 1]
  return closing ?? lines.length
}

/** For every line the next line at or after it that begins with ">"; the number of lines where there is none. */
function firstQuoteFrom(lines: string[]): number[] {
  const next: number[] = []
  let found = lines.length
  for (let at = lines.length - 1; at >= 0; at--) next[at] = found = lines[at]!.startsWith('>') ? at : found
  return next
}

function opensQuote(lines: string[], at: number): boolean {
  const line = lines[at]!
  if (ORIGINAL_MESSAGE.test(line)) return true
  if (/^(On|Pada)\s/.test(line)) {
    for (let count = 1; count <= ATTRIBUTION_LINES; count++) {
      if (ATTRIBUTION.test(lines.slice(at, at + count).join(' '))) return true
    }
  }
  if (!FROM.test(line)) return false
  const block = lines.slice(at + 1, at + HEADER_LINES)
  return block.some((other) => TO.test(other)) && block.some((other) => WHEN_OR_WHAT.test(other))
}
