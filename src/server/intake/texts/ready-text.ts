import type { ClaimedItem, HeardText, KeptFile, Speaker } from '../../channels/index.ts'

/** A text that is to be settled: whole, or with the gaps that nobody waits for any longer; its files are on disk. */
export interface ReadyText {
  item: ClaimedItem
  heard: HeardText
  /** Normalised; null for a sender that nobody can answer: letters in place of a number, a short code. */
  speaker: Speaker | null
  /** As people read it: gaps and files that could not be had are named in it. */
  text: string
  /** A part is missing: then it is never a command. */
  has_gaps: boolean
  attachments: readonly KeptFile[]
}
