import type { RecordAgreement } from '../../referrals/index.ts'

/** What a text says of an agreement: all that the form of the page asks. */
export type AgreementTerms = Omit<RecordAgreement, 'answer_id'>

const KINDS: readonly (readonly [string, AgreementTerms['kind']])[] = [
  ['dukungan|support', 'support'],
  ['pemeliharaan|maintenance', 'maintenance'],
  ['migrasi|migration', 'migration'],
  ['pelatihan|training', 'training'],
  ['lainnya|lain|other', 'other'],
]
/** The longer first: "jam kerja" stands in "jam kerja diperpanjang". */
const COVERAGES: readonly (readonly [string, AgreementTerms['coverage']])[] = [
  ['(?:jam kerja )?diperpanjang|extended(?: hours)?', 'extended'],
  ['jam kerja|office hours', 'office_hours'],
  ['sepanjang waktu|24 jam|always', 'always'],
]
const BETWEEN = '(?:[ ,;\\n]+(?:s\\.?d\\.?|sampai|hingga|until|to|dan)?[ ,;\\n]*)'
const DATE = '(\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{4}|\\d{4}-\\d{2}-\\d{2})'
const MINUTES = '(\\d{1,7})(?: ?(?:menit|minutes))?'
const anyOf = (words: readonly (readonly [string, unknown])[]) => words.map(([spelling]) => spelling).join('|')
const TERMS = new RegExp(
  `^(${anyOf(KINDS)})${BETWEEN}${DATE}${BETWEEN}${DATE}${BETWEEN}(${anyOf(COVERAGES)})${BETWEEN}${MINUTES}${BETWEEN}${MINUTES}$`,
  'i',
)

/**
 * "DUKUNGAN 1-1-2027 31-12-2027 JAM KERJA 60 480": kind, first and last day, hours covered, minutes to answer and to solve, in that order. Null for anything
 * else, also for a day that no calendar has: terms are never guessed. Pure.
 */
export function readTerms(text: string): AgreementTerms | null {
  const [, kind, first, last, hours, response, resolution] = TERMS.exec(text.trim()) ?? []
  if (kind === undefined) return null
  const starts_on = dateOf(first!)
  const ends_on = dateOf(last!)
  if (starts_on === null || ends_on === null || ends_on < starts_on) return null
  const [response_minutes, resolution_minutes] = [Number(response), Number(resolution)]
  if (response_minutes < 1 || response_minutes > 100_000) return null
  if (resolution_minutes < 1 || resolution_minutes > 1_000_000) return null
  return {
    kind: meant(KINDS, kind),
    starts_on,
    ends_on,
    coverage: meant(COVERAGES, hours!),
    response_minutes,
    resolution_minutes,
  }
}

/** Terms as a text spells them, which readTerms reads again: the same for however they were written. */
export const spelledTerms = (terms: AgreementTerms): string =>
  [
    wordFor(KINDS, terms.kind),
    dayFirst(terms.starts_on),
    dayFirst(terms.ends_on),
    wordFor(COVERAGES, terms.coverage),
    terms.response_minutes,
    terms.resolution_minutes,
  ]
    .join(' ')
    .toUpperCase()

const wordFor = <T>(words: readonly (readonly [string, T])[], given: T): string =>
  words
    .find(([, means]) => means === given)![0]
    .replace(/^\(\?:.*?\)\?/, '')
    .split('|')[0]!
const dayFirst = (iso: string): string => iso.split('-').toReversed().map(Number).join('-')

const meant = <T>(words: readonly (readonly [string, T])[], spoken: string): T =>
  words.find(([spelling]) => new RegExp(`^(?:${spelling})$`, 'i').test(spoken))![1]

/** As people write it, the day first; or by ISO 8601. */
function dateOf(text: string): string | null {
  const parts = text.split(/[-/.]/).map(Number)
  const [year, month, day] = text.length === 10 && text[4] === '-' ? parts : parts.toReversed()
  const iso = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  const at = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === iso ? iso : null
}
