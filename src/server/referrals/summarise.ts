import { foldMail } from '../channels/index.ts'
import { say, type Language } from '../platform/words.ts'
import { maskNames } from './mask-names.ts'
import { maskNumbers } from './mask-numbers.ts'
import { maskPlaces } from './mask-places.ts'
import { marked, spelled } from './marks.ts'

export interface KnownNames {
  /** Of the requester, of everybody who takes part, and of whoever answered. */
  names: readonly string[]
  /** Their mail addresses and telephone numbers. */
  addresses: readonly string[]
  /** What their office is called, in all its names. */
  organisations?: readonly string[]
}

/** `referrals.summary`; longer things are told after acceptance. */
export const SUMMARY_LENGTH_MAX = 5_000
const TEXT_LENGTH_MAX = 40_000

/** A line that ends a letter; names, offices and seals follow. */
const CLOSING =
  /^[ \t]*(?:(?:demikian\b.{0,80})|(?:atas (?:perhatian|bantuan|kerja ?sama)\b.{0,80})|(?:terima ?kasih|terimakasih|makasih|trims|thanks|thank you|hormat (?:saya|kami)|salam(?: hormat)?|wassalam(?:u.{0,40})?|best regards|kind regards|regards|sincerely|ttd|tertanda|tanda tangan))[ \t,.!~-]*$/iu
const SIGNATURE_LINES_MAX = 12
const SIGNED_LINE_LENGTH_MAX = 80

/**
 * What is told of a request to whoever is asked to help, before they accept: its text without anything that names somebody (issue: personal
 * data before acceptance). Names, telephones, mails, numbers of identity, hosts, links, accounts, addresses, the signature and what is quoted
 * become plain words in brackets, of the reader's language. It takes too much rather than too little; the agent sees and edits the answer.
 * Pure; its cost grows with the text. Answers 1 to 5,000 characters.
 */
export function summarise(text: string, known: KnownNames, language: Language = 'id'): string {
  const plain = unsigned(unquoted(foldMail(tidy(text)).text))
  return cut(mask(plain, known, language)) || say(language, 'referral.masked.nothing')
}

/**
 * The same for what is no letter, as an answer that somebody types into a field: every line stays, also below "Terima kasih," and behind ">"; only what names
 * somebody is masked. Pure. Answers at most 5,000 characters, and whether anything was masked.
 */
export function maskAnswer(text: string, known: KnownNames, language: Language): { text: string; is_masked: boolean } {
  const plain = withoutGaps(tidy(text))
  const masked = cut(mask(plain, known, language))
  return { text: masked, is_masked: masked !== plain }
}

function mask(plain: string, known: KnownNames, language: Language): string {
  const masked = maskNames(maskNumbers(maskPlaces(maskKnown(plain, known))), [...known.names], 'name')
  return withoutGaps(spelled(onceEach(masked), (mark) => `[${say(language, `referral.masked.${mark}`)}]`))
}

const withoutGaps = (text: string): string => text.replace(/\n{3,}/g, '\n\n').trim()

/** One way of writing: no marks of our own, no invisible letters, one blank where there were many. */
const tidy = (text: string): string =>
  atLineEnd(text, TEXT_LENGTH_MAX)
    .normalize('NFKC')
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Co}\p{Cf}]|[^\P{Cc}\n\t]/gu, '')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n ?/g, '\n')

function atLineEnd(text: string, length: number): string {
  if (text.length <= length) return text
  const end = Math.max(text.lastIndexOf('\n', length), text.lastIndexOf(' ', length))
  return text.slice(0, Math.max(end, 0))
}

const unquoted = (text: string): string => text.replace(/^>[^\n]*(?:\n>[^\n]*)*/gm, marked('quote'))

/** Without what stands below the closing of a letter: short lines to the end. */
function unsigned(text: string): string {
  const lines = text.trimEnd().split('\n')
  for (let at = lines.length - 2; at >= Math.max(0, lines.length - 1 - SIGNATURE_LINES_MAX); at--) {
    if (lines.slice(at + 1).some((line) => line.length > SIGNED_LINE_LENGTH_MAX)) break
    if (CLOSING.test(lines[at]!)) return [...lines.slice(0, at + 1), marked('signature')].join('\n')
  }
  return lines.join('\n')
}

/** Addresses and offices as they are known, whatever they look like. */
function maskKnown(text: string, { addresses, organisations = [] }: KnownNames): string {
  const mails = addresses.filter((address) => address.includes('@'))
  const accounts = mails
    .map((address) => address.slice(0, address.lastIndexOf('@')))
    .filter((local) => local.length >= 5)
  return [
    [mails, 'mail'] as const,
    [organisations.filter((name) => name.trim().length >= 3), 'office'] as const,
    [accounts.filter((local) => !/^(?:admin|helpdesk|info|kontak|operator)$/i.test(local)), 'account'] as const,
  ].reduce((masked, [words, mark]) => (words.length === 0 ? masked : masked.replace(anyOf(words), marked(mark))), text)
}

const anyOf = (words: readonly string[]): RegExp => {
  const escaped = words.map((word) =>
    word
      .normalize('NFKC')
      .trim()
      .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
      .replace(/\s+/g, '\\s+'),
  )
  return new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${escaped.toSorted((a, b) => b.length - a.length).join('|')})(?![\\p{L}\\p{N}])`,
    'giu',
  )
}

const onceEach = (text: string): string => text.replace(/([\uE000-\uE01F])(?:[ ,.-]{0,2}\1)+/g, '$1')

function cut(text: string): string {
  return text.length <= SUMMARY_LENGTH_MAX ? text : `${atLineEnd(text, SUMMARY_LENGTH_MAX - 1)}…`
}
