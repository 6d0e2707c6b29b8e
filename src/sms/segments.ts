/**
 * What a text costs as SMS, and where it is cut. Sizes: 160 septets or 70 UTF-16 units in one message; in each of several 153 or 67, because
 * six bytes say which part it is (3GPP TS 23.040, 9.2.3.24.1).
 */
import { isGsm, septetsOf } from './alphabet.ts'

export type Coding = 'gsm' | 'ucs2'

export interface Segmented {
  coding: Coding
  /** Put together again they are the text, letter for letter. An empty text is one empty part. */
  parts: string[]
  /** How many septets or UTF-16 units still fit into the last part. */
  left: number
}

const SIZES = { gsm: { alone: 160, several: 153 }, ucs2: { alone: 70, several: 67 } } as const
// A word longer than this is cut rather than moved: it would leave a part nearly empty.
const WORD_MAX = 30

/** @param text as it goes out (fold it before, alphabet.ts) */
export function segment(text: string): Segmented {
  const coding: Coding = isGsm(text) ? 'gsm' : 'ucs2'
  const size = SIZES[coding]
  const whole = sizeOf(text, coding)
  if (whole <= size.alone) return { coding, parts: [text], left: size.alone - whole }
  const parts = cut(text, coding, size.several)
  return { coding, parts, left: size.several - sizeOf(parts.at(-1)!, coding) }
}

/** In septets or UTF-16 units. */
function sizeOf(text: string, coding: Coding): number {
  if (coding === 'ucs2') return text.length
  let septets = 0
  for (const letter of text) septets += septetsOf(letter) ?? 1
  return septets
}

const letters = new Intl.Segmenter('id', { granularity: 'grapheme' })

/** Cuts behind the last blank that fits, else behind the last whole letter: an emoji of several units, or an escape and its letter, stays whole. */
function cut(text: string, coding: Coding, most: number): string[] {
  const parts: string[] = []
  let part = ''
  let size = 0
  for (const { segment: cluster } of letters.segment(text))
    // A letter that alone is larger than a part (a family of emoji, a tower of accents) is cut between its characters.
    for (const letter of sizeOf(cluster, coding) > most ? cluster : [cluster]) {
      const more = sizeOf(letter, coding)
      if (size + more > most) {
        const rest = restBehindBlank(part)
        parts.push(part.slice(0, part.length - rest.length))
        part = rest
        size = sizeOf(rest, coding)
      }
      part += letter
      size += more
    }
  return [...parts, part]
}

/** What stands behind the last blank, if that is a word that may move to the next part. */
function restBehindBlank(part: string): string {
  const at = Math.max(part.lastIndexOf(' '), part.lastIndexOf('\n'))
  const rest = part.slice(at + 1)
  return at >= 0 && rest.length <= WORD_MAX ? rest : ''
}

/** The first so many parts of a text; what is left out is told by `omitted`, in characters. */
export function cap(text: string, parts_max: number): { text: string; omitted: number } {
  const { parts } = segment(text)
  if (parts.length <= parts_max) return { text, omitted: 0 }
  const kept = parts.slice(0, parts_max).join('').trimEnd()
  return { text: kept, omitted: text.length - kept.length }
}
