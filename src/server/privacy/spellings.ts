import { foldName } from '../people/index.ts'

/** Spellings of before 1947 and 1972 that stand in names to this day, sounds that Indonesian writes in several ways, and what a quick hand leaves out. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['oe', 'u'],
  ['dj', 'j'],
  ['tj', 'c'],
  ['nj', 'ny'],
  ['sj', 'sy'],
  ['sy', 's'],
  ['ch', 'kh'],
  ['kh', 'h'],
  ['ch', 'h'],
  ['j', 'y'],
  ['ph', 'f'],
  ['v', 'f'],
  ['f', 'p'],
  ['z', 'j'],
  ['z', 's'],
  ['q', 'k'],
  ['th', 't'],
  ['dh', 'd'],
  ['ie', 'i'],
  ['ai', 'ae'],
  ['o', 'u'],
]
const DOUBLED = ['m', 'n', 'l', 's', 't', 'd', 'r', 'b']
const ENDS: readonly (readonly [RegExp, string])[] = [
  [/y$/, 'i'],
  [/i$/, 'y'],
  [/h$/, ''],
  [/([aeiou])$/, '$1h'],
]
/** A whole name as it was written before 1972, and as it is since. */
const NEW: readonly (readonly [string, string])[] = [
  ['oe', 'u'],
  ['dj', 'j'],
  ['tj', 'c'],
  ['sj', 'sy'],
  ['ch', 'kh'],
]
const OLD: readonly (readonly [string, string])[] = [
  ['u', 'oe'],
  ['j', 'dj'],
  ['c', 'tj'],
  ['y', 'j'],
]
/** A given name that half the country has, and writes as it likes. */
const MUHAMMAD = ['muhammad', 'muhamad', 'mohammad', 'mohamad', 'mohamed', 'mochamad', 'muchamad', 'moh', 'muh', 'm']
const WORD_SPELLINGS_MAX = 24
const SPELLINGS_MAX = 80
/** Of a single short word too many others are one letter away. */
const ALONE_LENGTH_MIN = 5

/**
 * How a whole name may have been written otherwise: all of it in the old or the new spelling, one word of it at a time by one rule, every common way to write Muhammad. Without the name itself; folded. A slip
 * of the thumb, or a nickname, is not among them. Pure.
 */
export function spellingsOf(name: string): string[] {
  const words = foldName(name).split(' ').filter(Boolean)
  if (words.length === 0 || (words.length === 1 && words[0]!.length < ALONE_LENGTH_MIN)) return []
  const found = new Set(
    [OLD, NEW].map((rules) => rules.reduce((text, [from, to]) => text.replaceAll(from, to), words.join(' '))),
  )
  words.forEach((word, at) => {
    for (const other of wordSpellings(word)) found.add(words.with(at, other).join(' '))
  })
  found.delete(words.join(' '))
  return [...found].slice(0, SPELLINGS_MAX)
}

function wordSpellings(word: string): string[] {
  if (MUHAMMAD.includes(word)) return MUHAMMAD
  const found = new Set<string>()
  for (const [one, other] of ALIKE)
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      if (word.includes(from)) found.add(word.replaceAll(from, to)).add(word.replace(from, to))
  found.add(word.replace(/(\p{L})\1/gu, '$1'))
  for (const letter of DOUBLED) found.add(word.replace(new RegExp(`(?<=[aeiou])${letter}(?=[aeiou])`), letter + letter))
  for (const [end, other] of ENDS) found.add(word.replace(end, other))
  found.delete(word)
  return [...found].filter((one) => one.length >= 3).slice(0, WORD_SPELLINGS_MAX)
}
