import { everydayPlaces } from './everyday-places.ts'
import { shortened } from './words-around-places.ts'

export interface NamedRegion {
  code: string
  name: string
}
/** What one spelling may mean: as an official name, and as whatever people mean by it. */
export interface PlaceName {
  key: string
  spelled: string
  official: readonly string[]
  codes: readonly string[]
}
export interface PlaceNames {
  exact: ReadonlyMap<string, PlaceName>
  near: ReadonlyMap<string, readonly PlaceName[]>
}

/** A shorter name is never corrected: too many words and villages are one letter away from it. */
const CORRECTED_LENGTH_MIN = 8

const made = new WeakMap<readonly NamedRegion[], PlaceNames>()

/** The spellings of these regions, reckoned once for each list. */
export function namesOf(regions: readonly NamedRegion[]): PlaceNames {
  const known = made.get(regions)
  if (known) return known
  const names = gather(regions)
  made.set(regions, names)
  return names
}

/** Lower case without accents, in the words a name is compared by. */
export const plainWords = (text: string): string[] =>
  (
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[\p{M}'’‘`]/gu, '')
      .match(/\p{L}+|\p{N}+|[,;\n()]/gu) ?? []
  ).map((word) => shortened.get(word) ?? word)

function gather(regions: readonly NamedRegion[]): PlaceNames {
  const exact = new Map<string, { key: string; spelled: string; official: string[]; codes: string[] }>()
  const codes = new Set(regions.map((region) => region.code))
  const add = (words: readonly string[], code: string, official: boolean) => {
    const key = words.join('')
    const name = exact.get(key) ?? { key, spelled: words.join(' '), official: [], codes: [] }
    exact.set(key, name)
    if (official) name.official.push(code)
    if (!name.codes.includes(code)) name.codes.push(code)
  }
  for (const { code, name } of regions)
    add(plainWords(name.replace(/^(Kabupaten|Kota)( Administrasi)? /i, '')), code, true)
  for (const [name, meant] of everydayPlaces) {
    const words = plainWords(name)
    for (const code of meant) if (codes.has(code)) add(words, code, false)
  }
  const near = new Map<string, PlaceName[]>()
  for (const name of exact.values())
    if (name.key.length >= CORRECTED_LENGTH_MIN)
      for (const form of withoutOneLetter(name.key)) near.set(form, [...(near.get(form) ?? []), name])
  return { exact, near }
}

/** The word itself and the word with each of its letters left out: two words one letter apart share one of these. */
export const withoutOneLetter = (word: string): Set<string> =>
  new Set([word, ...Array.from(word, (_, at) => word.slice(0, at) + word.slice(at + 1))])

/** The names one letter away from this word: one too many, one missing, one wrong, or two neighbours changed; the first letter is right. */
export function namesNear({ near }: PlaceNames, word: string): PlaceName[] {
  if (word.length < CORRECTED_LENGTH_MIN - 1 || word.length > 40) return []
  const found = new Set<PlaceName>()
  for (const form of withoutOneLetter(word))
    for (const name of near.get(form) ?? [])
      if (name.key[0] === word[0] && isOneLetterAway(name.key, word)) found.add(name)
  return [...found]
}

function isOneLetterAway(one: string, other: string): boolean {
  let start = 0
  while (start < one.length && one[start] === other[start]) start++
  let end = 0
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const [a, b] = [one.slice(start, one.length - end), other.slice(start, other.length - end)]
  return (a.length <= 1 && b.length <= 1) || (a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0])
}
