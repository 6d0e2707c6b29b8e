/** Documented for sendMessage; counted as JavaScript counts, which is never less than how Telegram does. */
export const TEXT_LENGTH_MAX = 4096

/**
 * A text in pieces that Telegram takes, cut where it hurts least: between paragraphs, else between lines, sentences, words; within a word
 * only where it is longer than a whole piece, and never within a letter. Joined with what stood between them they are the text again.
 * @returns at least one piece; none is empty but that of an empty text
 */
export function cutText(text: string, length_max = TEXT_LENGTH_MAX): string[] {
  const pieces: string[] = []
  let rest = text.trim()
  while (rest.length > length_max) {
    const at = placeToCut(rest, length_max)
    pieces.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  if (rest !== '' || pieces.length === 0) pieces.push(rest)
  return pieces
}

/** A cut nearer to the beginning than this would leave crumbs. */
const FILLED_MIN = 0.5

function placeToCut(text: string, length_max: number): number {
  // One letter more, so that a border that stands exactly there is found.
  const front = text.slice(0, length_max + 1)
  for (const border of ['\n\n', '\n', '. ', ' ']) {
    const at = front.lastIndexOf(border)
    // The full stop stays with its sentence.
    const end = border === '. ' ? at + 1 : at
    if (end >= length_max * FILLED_MIN && end <= length_max) return end
  }
  let at = 0
  for (const { index, segment } of new Intl.Segmenter().segment(front)) {
    if (index + segment.length > length_max) break
    at = index + segment.length
  }
  // A letter with more marks than a whole text may have.
  return at > 0 ? at : length_max
}
