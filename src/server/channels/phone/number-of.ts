import { normaliseAddress } from '../../people/index.ts'

export interface ToldNumber {
  /** As it was told, without what SIP puts around it; '' where it is hidden. */
  told: string
  /** As contact_points.normalised; null for hidden ones and for short ones of the house. */
  number: string | null
}

/** What exchanges write where a caller does not show their number. */
const HIDDEN =
  /^(|-|0|anonymous|anonim|unknown|unavailable|private|privat|restricted|withheld|hidden|tersembunyi|rahasia|invalid|asserted)$/i
const TOLD_LENGTH_MAX = 60
/** 110 and extensions of the house; shorter than any number that could be called back from outside. */
const SHORT_DIGITS_MAX = 6

/** A telephone number as an exchange tells it: digits, a SIP or tel address, or a word that says that it is hidden. */
export function numberOf(text: string): ToldNumber {
  const told = bare(text)
  if (HIDDEN.test(told)) return { told: '', number: null }
  const digits = told.replace(/\D/g, '')
  if (digits.length <= SHORT_DIGITS_MAX && !told.startsWith('+')) return { told, number: null }
  return { told, number: normaliseAddress('phone', told)?.normalised ?? null }
}

/** By which one of our own numbers is looked up: normalised where it can be, else as it is told ("1500"). */
export const lineOf = (text: string): string => {
  const { told, number } = numberOf(text)
  return number ?? told
}

/** `"Sari" <sip:+62812…;x=y@10.0.0.1:5060>` → `+62812…` */
function bare(text: string): string {
  const inside = /<([^>]*)>/.exec(text)?.[1] ?? text
  return inside
    .replaceAll('\0', '')
    .toWellFormed()
    .trim()
    .replace(/^(sips?|tel):/i, '')
    .split(/[@;]/, 1)[0]!
    .trim()
    .slice(0, TOLD_LENGTH_MAX)
}
