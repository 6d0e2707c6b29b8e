import { foldToGsm, segment } from '../channels/index.ts'

export interface SmsForm {
  /** What is said, in any length and any letters. */
  words: string
  /** Stands under it however long the words are: the number, what to answer. */
  tail: string
  /** Where it can be read whole; '' for none. Left out where it would cost one more part, but for words that are cut. */
  link: string
  /** 1 for what Pandu says by itself. */
  parts_max: number
}

/**
 * One text as SMS: folded, with its tail, and with the link where that costs nothing. Words that do not fit are cut behind one of them and
 * end in "...", with the link where it leaves more than half of the room to words. Pure.
 */
export function smsForm({ words, tail, link, parts_max }: SmsForm): string {
  const [said, below, way] = [foldToGsm(words).trim(), foldToGsm(tail), foldToGsm(link)]
  const bare = join(said, below)
  const parts = segment(bare).parts.length
  if (parts <= parts_max) {
    const linked = join(bare, way)
    return segment(linked).parts.length <= parts ? linked : bare
  }
  const linked = cutToFit(said, join(below, way), parts_max)
  const cut = cutToFit(said, below, parts_max)
  // The rest can be read behind the link, unless the link itself is what leaves no room for words.
  const shown = linked.length * 2 > cut.length ? linked : cut
  return shown.length < CUT_LENGTH_MIN ? below : join(`${shown}...`, ...(shown === linked ? [below, way] : [below]))
}

const join = (...lines: string[]): string => lines.filter((line) => line !== '').join('\n')

/** A text of fewer words than these tells nobody anything. */
const CUT_LENGTH_MIN = 40

/** As many of the words as fit with what stands below. */
function cutToFit(words: string, below: string, parts_max: number): string {
  let [most, least] = [words.length, 0]
  while (most > least) {
    const middle = Math.ceil((most + least) / 2)
    const fits = segment(join(`${words.slice(0, middle)}...`, below)).parts.length <= parts_max
    if (fits) least = middle
    else most = middle - 1
  }
  return words.slice(0, least).replace(/\s+\S*$/, '')
}
