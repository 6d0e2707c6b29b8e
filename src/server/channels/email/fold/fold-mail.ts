import {
  isAttribution,
  isDeviceLine,
  isFieldBlock,
  isFooterMark,
  isForwardMark,
  isListFooter,
  isOriginalMessage,
  isPgpSignature,
  isRule,
  isSignatureDelimiter,
  mayBeginAttribution,
} from './markers.ts'

/** A mail's text in its parts. Together they are the whole text; nothing but blank lines between them is left out. */
export interface MailParts {
  /** What the sender wrote now, answers between quoted lines with them. */
  text: string
  /** The repeated tail; null if there is none. */
  quoted_text: string | null
  /** What stands under every mail of this sender: name and office below "-- ", the words of a telephone, notices; null if none. */
  signature_text: string | null
}

export interface FoldedMail extends MailParts {
  /** Signature and quoted tail as they stood, for keeping; {@link partsOfFolded} divides them again. Null if there is neither. */
  folded_text: string | null
  /** The sender wrote nothing of their own: a quotation or a signature is all there is, and so it stays in the text. */
  only_repeats: boolean
}

/** A line is examined this far; an attribution wraps at 72 to 80 characters, so it takes at most three lines. */
const LINE_EXAMINED_MAX = 700
const ATTRIBUTION_LINES = 3
/** More below a delimiter is no signature but text: somebody draws such lines between paragraphs. */
const SIGNATURE_LINES_MAX = 20
const PGP_LINES_MAX = 60

/**
 * Divides a mail into what its sender wrote now, the signature, and the tail that repeats earlier mails. Nothing is dropped. What
 * stays in the text: answers between quoted lines, a mail that is nothing but a quotation or a signature, and all that somebody
 * passes on (`forwarded`, or below a mark of forwarding). Pure; one pass over the lines for each rule.
 */
export function foldMail(text: string, { forwarded = false }: { forwarded?: boolean } = {}): FoldedMail {
  const lines = text.split('\n')
  const trimmed = lines.map((line) => line.slice(0, LINE_EXAMINED_MAX).trim())
  const unmarked = findTail(trimmed, trimmed.length, forwarded)
  // Where what is quoted bears no marks, what stands at its end is of another mail; else it is the sender's, below the quotation.
  const end = unmarked < trimmed.length ? trimmed.length : findSignature(trimmed, trimmed.length)
  const tail = unmarked < trimmed.length ? unmarked : findTail(trimmed, end, forwarded)
  const start = findSignature(trimmed, tail)
  const own = join(lines, 0, start)
  if (own === '') return withoutTail(lines, end)
  return {
    text: own,
    quoted_text: join(lines, tail, end) || null,
    signature_text: [join(lines, start, tail), join(lines, end, lines.length)].filter(Boolean).join('\n\n') || null,
    folded_text: join(lines, start, lines.length) || null,
    only_repeats: false,
  }
}

/** Divides again what {@link foldMail} had folded away, so that a rule made later holds for older mails too. */
export function partsOfFolded(text: string, folded_text: string | null): MailParts {
  if (folded_text === null) return { text, quoted_text: null, signature_text: null }
  const again = foldMail(`.\n\n${folded_text}`)
  if (again.text !== '.') return { text, quoted_text: folded_text, signature_text: null }
  return { text, quoted_text: again.quoted_text, signature_text: again.signature_text }
}

/** Nothing stands before the quotation: it is all that the mail has to say. */
function withoutTail(lines: readonly string[], end: number): FoldedMail {
  const whole = join(lines, 0, end)
  const nothing = { quoted_text: null, signature_text: null, folded_text: null, only_repeats: true }
  if (whole === '') return { ...nothing, text: join(lines, 0, lines.length) }
  const signature_text = join(lines, end, lines.length) || null
  return { ...nothing, text: whole, signature_text, folded_text: signature_text }
}

const join = (lines: readonly string[], from: number, to: number) =>
  lines.slice(from, to).join('\n').replace(/^\n+/, '').trimEnd()

/** Where the quoted tail of the first `end` lines begins; `end` if there is none. */
function findTail(lines: readonly string[], end: number, forwarded: boolean): number {
  const body = lines.slice(0, end)
  const lastOwn = body.findLastIndex((line) => line !== '' && !line.startsWith('>'))
  const firstQuotes = firstQuoteFrom(body)
  for (let at = 0; at < body.length; at++) {
    if (isForwardMark(body[at]!)) return end
    const firstQuote = firstQuotes[at]!
    const answeredBetween = firstQuote < body.length && lastOwn > firstQuote
    if (!answeredBetween && opensQuote(body, at, forwarded)) return isRule(body[at - 1] ?? '') ? at - 1 : at
  }
  return firstQuotes[lastOwn + 1] ?? end
}

/** For every line the next line at or after it that begins with ">"; the number of lines where there is none. */
function firstQuoteFrom(lines: readonly string[]): number[] {
  const next: number[] = []
  let found = lines.length
  for (let at = lines.length - 1; at >= 0; at--) next[at] = found = lines[at]!.startsWith('>') ? at : found
  return next
}

function opensQuote(lines: readonly string[], at: number, forwarded: boolean): boolean {
  const line = lines[at]!
  if (isOriginalMessage(line)) return true
  if (mayBeginAttribution(line)) {
    for (let count = 1; count <= ATTRIBUTION_LINES; count++) {
      const joined = lines.slice(at, at + count)
      if (joined.at(-1)?.endsWith(':') && isAttribution(joined.join(' '))) return true
    }
  }
  return !forwarded && isFieldBlock(lines, at)
}

/** Where the signature that ends the first `end` lines begins; `end` if there is none. */
function findSignature(lines: readonly string[], end: number): number {
  let found = end
  let listFooter = false
  for (let at = end - 1; at >= Math.max(0, end - PGP_LINES_MAX); at--) {
    const line = lines[at]!
    if (line.startsWith('>')) break
    if (isPgpSignature(line)) found = at
    if (end - at > SIGNATURE_LINES_MAX) continue
    listFooter ||= isListFooter(line)
    const restIsBlank = lines.slice(at + 1, found).every((other) => other === '')
    if (isSignatureDelimiter(line) || (isDeviceLine(line) && restIsBlank)) found = at
    else if (isFooterMark(line) && (listFooter || !line.startsWith('_'))) found = at
  }
  return found
}
