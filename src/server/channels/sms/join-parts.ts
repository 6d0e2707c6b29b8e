/** Parts of longer texts become the texts again, whatever their order, doubles and gaps. Pure; who keeps them says what is open. */
import type { PartOf } from './read-part.ts'

export interface Part extends PartOf {
  text: string
  at: Date
}
/** A text of which not all parts are there. */
export interface OpenText {
  id: string
  reference: string
  total: number
  parts: readonly Part[]
}

// A modem waits a day at most for the last part; a reference of eight bits comes again after 256 texts, so a later part is another text.
const TOGETHER_MILLISECONDS = 24 * 3_600_000

/**
 * To which open text of the same sender and receiver a part belongs: its reference and length agree, its place is free, and it is not too
 * late. `again` when this very part stands there already. Null: it begins a text of its own, as another body in a place that is taken does.
 * @param open the oldest first
 */
export function placePart(open: readonly OpenText[], part: Part): { text: OpenText; again: boolean } | null {
  const candidates = open.filter(
    ({ reference, total, parts }) =>
      reference === part.reference &&
      total === part.total &&
      parts.every(({ at }) => Math.abs(part.at.getTime() - at.getTime()) <= TOGETHER_MILLISECONDS),
  )
  // The newest first: the end of a text that was sent again a while ago may be the end of another one now.
  for (const text of candidates.toReversed()) {
    const there = text.parts.find(({ number }) => number === part.number)
    if (!there) return { text, again: false }
    if (there.text === part.text) return { text, again: true }
  }
  return null
}

/** The text as far as it is there, and which parts are not. */
export function joinParts({ total, parts }: Pick<OpenText, 'total' | 'parts'>): { text: string; missing: number[] } {
  const sorted = parts.toSorted((a, b) => a.number - b.number)
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter(
    (n) => !parts.some((p) => p.number === n),
  )
  return { text: sorted.map(({ text }) => text).join(''), missing }
}
