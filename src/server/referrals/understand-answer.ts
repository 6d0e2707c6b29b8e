import { understandPlace } from '../regions/index.ts'
import type { Asked } from './ask-requester.ts'

/** A question that stands open, as its answer is read. */
export interface OpenQuestion {
  asks: Asked
  /** Of a place: those they were given to choose from, once asked again; else null. Of a topic: the list they were given. */
  candidates: readonly string[] | null
  /** Asked for more closely where: the province that is known. */
  province_code: string | null
}

export interface Known {
  /** All provinces and regencies; the same array each time (understandPlace). */
  regions: readonly { code: string; name: string }[]
  topics: readonly { code: string; name_id: string; name_en: string }[]
}

export type UnderstoodAnswer =
  | { kind: 'known'; code: string }
  /** Of a place: it may be one of these, and has not been asked again yet. */
  | { kind: 'candidates'; codes: string[] }
  /** It is words for somebody. */
  | { kind: 'nothing' }

/** More to choose from would be another riddle. */
const CANDIDATES_MAX = 5

/**
 * What a whole message says as the answer to a question of ours; whatever is not certain is asked again, once, and else left to people, because a wrong
 * place is worse than a question. Pure.
 */
export function understandAnswer(text: string, question: OpenQuestion, known: Known): UnderstoodAnswer {
  const said = tidy(text)
  if (question.asks === 'topic') return topicOf(said, question.candidates ?? [], known)
  const chosen = question.candidates && choice(said, question.candidates)
  if (chosen) return { kind: 'known', code: chosen }
  return question.candidates
    ? secondAnswer(said, question.candidates, question, known)
    : firstAnswer(said, question, known)
}

const tidy = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()

/** By its number in the list; of a list of one also by "ya". */
function choice(said: string, candidates: readonly string[]): string | null {
  const digits = /^(?:(?:yang|yg|no|nomor|nmr|nomer|pilih|#)[.\s]*)*(\d{1,2})[\s.)]*$/i.exec(said)?.[1]
  const yes = candidates.length === 1 && /^(?:ya|iya|yes|benar|betul|y)[\s.!]*$/i.test(said)
  return candidates[(yes ? 1 : Number(digits ?? 0)) - 1] ?? null
}

function firstAnswer(said: string, question: OpenQuestion, { regions }: Known): UnderstoodAnswer {
  const place = understandPlace(said, regions)
  if (place.kind === 'unknown') return { kind: 'nothing' }
  const codes = within(place.kind === 'region' ? [place.code] : place.candidates, question.province_code)
  // The province is known already, so it narrows what they said; a place outside of it contradicts what is known.
  const narrowed =
    place.kind === 'ask' &&
    question.province_code !== null &&
    place.why === 'several_places' &&
    // "Jambi" may be the province once more.
    !place.candidates.includes(question.province_code)
  const certain = place.kind === 'region' || narrowed
  if (codes.length === 1 && certain) return { kind: 'known', code: codes[0]! }
  return codes.length > 0 && codes.length <= CANDIDATES_MAX ? { kind: 'candidates', codes } : { kind: 'nothing' }
}

/** They were given a list: "yang kota" chooses from it, and another place that is certain is believed; nothing is asked a third time. */
function secondAnswer(
  said: string,
  candidates: readonly string[],
  question: OpenQuestion,
  { regions }: Known,
): UnderstoodAnswer {
  const among = understandPlace(
    said,
    regions.filter(({ code }) => candidates.includes(code)),
  )
  const anywhere = understandPlace(said, regions)
  const place = anywhere.kind === 'region' ? anywhere : among
  if (place.kind !== 'region') return { kind: 'nothing' }
  return within([place.code], question.province_code).length === 1
    ? { kind: 'known', code: place.code }
    : { kind: 'nothing' }
}

/** Regencies of the province that is known; all where none is. */
const within = (codes: readonly string[], province_code: string | null): string[] =>
  codes.filter((code) => province_code === null || code.startsWith(`${province_code}.`))

/** By its number in the list, or by its whole name. */
function topicOf(said: string, candidates: readonly string[], { topics }: Known): UnderstoodAnswer {
  const plain = (name: string) =>
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  const named = topics.filter((topic) => [topic.name_id, topic.name_en].some((name) => plain(name) === plain(said)))
  const code = choice(said, candidates) ?? named[0]?.code
  return code !== undefined && topics.some((topic) => topic.code === code)
    ? { kind: 'known', code }
    : { kind: 'nothing' }
}
