/** Indonesian text whose words are as frequent as in a language: the n-th most frequent word comes 1/n as often as the first (Zipf). */
import { readFileSync } from 'node:fs'
import { cases } from '../src/demo/cases.ts'

/** The searched words stand in no other text: exactly these shares of the tickets hold them. */
export const searched = { rare: 'teodolit', common: 'pengolahan', absent: 'seismograf' } as const
// A prime, so that the twentieth of the tickets that one desk holds has its share: with 2,000 they all stood at another desk than the one that asks.
export const RARE_ONE_IN = 1_999
export const COMMON_ONE_IN = 3

const VOCABULARY = 20_000
const LENGTH_MEDIAN = 1_000
/** Of the logarithm: one text in six is half as long or less, one in six twice as long or more. */
const LENGTH_SPREAD = 0.7
const LENGTH_MIN = 40
const LENGTH_MAX = 12_000

/** Always the same numbers from 0 to 1, so that two runs measure the same data (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The words of our own sentences first, the most frequent before; then words built from them as Indonesian builds them. */
function vocabulary(): string[] {
  const sentences = [
    ...Object.values(JSON.parse(readFileSync(new URL('../messages/id.json', import.meta.url), 'utf8')) as object),
    ...cases.flatMap((one) => Object.values(one) as unknown[]),
  ].join(' ')
  const counted = new Map<string, number>()
  for (const word of sentences.toLowerCase().match(/[a-z]{2,}/g) ?? []) counted.set(word, (counted.get(word) ?? 0) + 1)
  const reserved = new Set<string>(Object.values(searched))
  const own = [...counted].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([word]) => word)
  const words = new Set(own.filter((word) => !reserved.has(word)))
  const roots = own.filter((word) => word.length >= 4 && !reserved.has(word))
  for (const [before, after] of [
    ['', 'nya'],
    ['di', ''],
    ['ber', ''],
    ['ter', ''],
    ['', 'kan'],
    ['ke', 'an'],
    ['se', ''],
    ['memper', ''],
    ['', 'lah'],
    ['pe', 'an'],
    ['di', 'kan'],
    ['', 'i'],
    ['ber', 'an'],
    ['per', 'an'],
  ] as const)
    // prettier-ignore
    for (const root of roots) {
      if (words.size >= VOCABULARY) return [...words]
      words.add(before + root + after)
    }
  return [...words]
}

/** Texts with a median of 1 KB. */
export function makeTexts(count: number): string[] {
  const words = vocabulary()
  const next = numbersFrom(42)
  const reach: number[] = []
  let sum = 0
  for (const [index] of words.entries()) reach.push((sum += 1 / (index + 1)))
  const word = () => words[firstAbove(reach, next() * sum)]!
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    const length = Math.min(LENGTH_MAX, Math.max(LENGTH_MIN, LENGTH_MEDIAN * Math.exp(LENGTH_SPREAD * normal)))
    let text = ''
    while (text.length < length) text += sentence(word, 4 + Math.floor(next() * 14))
    return text.trim()
  })
}

function sentence(word: () => string, words: number): string {
  const said = Array.from({ length: words }, word).join(' ')
  return `${said[0]!.toUpperCase()}${said.slice(1)}. `
}

function firstAbove(reach: readonly number[], value: number): number {
  let [low, high] = [0, reach.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (reach[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
