/** What somebody who writes is shown of an SMS, by the server and, while they type, by their browser: one arithmetic. Pure. */
import { foldToGsm } from './alphabet.ts'
import { segment, type Coding } from './segments.ts'

export interface Measured {
  parts: number
  /** Septets or UTF-16 units that still fit into the last part. */
  left: number
  coding: Coding
  /** Of all parts, in rupiah; null where nobody said what one costs. */
  cost: number | null
}

/**
 * An SMS of these words as it would go out, folded.
 * @param below what is put under them, such as the number of the request
 */
export function measure(words: string, given: { cost: number | null; below?: string }): Measured {
  const said = foldToGsm(words).trim()
  const below = foldToGsm(given.below ?? '').trim()
  const { parts, left, coding } = segment([said, below].filter((line) => line !== '').join('\n'))
  return { parts: parts.length, left, coding, cost: given.cost === null ? null : given.cost * parts.length }
}
