import type { Writing } from '../../platform/context.ts'
import { say, type Language } from '../../platform/words.ts'
import {
  joinParts,
  keepTextParts,
  lockSpeakers,
  messagesOfItems,
  nameReceivedTexts,
  settleAsPieces,
  settleItems,
  type ClaimedItem,
  type HeardText,
  type PlacedPart,
  type ReceivedText,
  type Speaker,
} from '../../channels/index.ts'
import { normaliseAddress } from '../../people/index.ts'
import { completeMessages } from '../../tickets/index.ts'
import { guessLanguage } from '../guess-language.ts'

/** A part as it was read. */
export interface ReadPart {
  item: ClaimedItem
  heard: HeardText
  speaker: Speaker | null
}

/** A longer text that is settled now, as one of its items. */
export interface JoinedText extends ReadPart {
  text: string
  has_gaps: boolean
}

/**
 * Parts of longer SMS, in any order, doubled, late: each goes to its text. One that waits for others is held, and seen in the ledger; the one that completes
 * a text goes on as the whole; one that comes after the text was shown with a gap completes it where it stands. Nothing is dropped.
 */
export async function placeParts(ctx: Writing, parts: readonly ReadPart[]): Promise<JoinedText[]> {
  if (parts.length === 0) return []
  const senders = parts.map(({ item, heard, speaker }) => ({
    channel: (speaker?.channel ?? item.channel) as Speaker['channel'],
    // Operators send long advertisements, too.
    address: speaker?.address ?? heard.from,
  }))
  await lockSpeakers(ctx, senders)
  const placed = await keepTextParts(
    ctx,
    parts.map(({ item, heard }, index) => ({
      ...senders[index]!,
      item_id: item.id,
      receiver: normaliseAddress('phone', heard.to)?.normalised ?? heard.to,
      part: heard.part!,
      text: heard.text,
      at: item.received_at,
    })),
  )
  const steps = stepsOf(placed)
  const shown = await messagesOfItems(
    ctx,
    steps.flatMap(({ step, text }) => (step === 'late' ? text.item_id! : [])),
  )
  await completeMessages(
    ctx,
    [...new Set(steps.flatMap(({ step, text }) => (step === 'late' ? text : [])))].flatMap((text) => {
      const message = shown.get(text.item_id!)
      return message ? { ...message, text: wordsOf(text).text } : []
    }),
  )
  await nameReceivedTexts(
    ctx,
    steps.flatMap(({ step, text, item_id }) => (step === 'goes_on' ? { id: text.id, item_id } : [])),
  )
  await settleAsPieces(ctx, steps.flatMap(piecesOf))
  const read = new Map(parts.map((part) => [part.item.id, part]))
  await settleItems(
    ctx,
    steps.flatMap(({ step, item_id }) =>
      step === 'waits'
        ? { ...whatWasRead(read.get(item_id)!), id: item_id, outcome: 'quarantined' as const, reason: 'partial' }
        : [],
    ),
  )
  return steps.flatMap(({ step, item_id, text }) =>
    step === 'goes_on' ? { ...read.get(item_id)!, ...wordsOf(text) } : [],
  )
}

type Step = { item_id: string; text: ReceivedText } & (
  { step: 'waits' | 'goes_on' | 'late' } | { step: 'again'; of: string }
)

/** What each part brings about, its text being as it is after all of them. */
function stepsOf(placed: readonly PlacedPart[]): Step[] {
  const last = new Map(
    placed.filter(({ again_of }) => again_of === null).map(({ text, item_id }) => [text.id, item_id]),
  )
  return placed.map(({ item_id, text, again_of }): Step => {
    if (again_of !== null) return { step: 'again', item_id, text, of: again_of }
    if (text.item_id === item_id) return { step: 'goes_on', item_id, text }
    if (text.item_id !== null) return { step: 'late', item_id, text }
    // Of several that come together the last one completes it, and stands for all.
    const completes = joinParts(text).missing.length === 0 && last.get(text.id) === item_id
    return { step: completes ? 'goes_on' : 'waits', item_id, text }
  })
}

/** The items that are part of another one. */
function piecesOf(step: Step): { id: string; of: string }[] {
  if (step.step === 'again') return [{ id: step.item_id, of: step.of }]
  if (step.step === 'late') return [{ id: step.item_id, of: step.text.item_id! }]
  if (step.step === 'waits') return []
  return step.text.parts.flatMap(({ item_id }) => (item_id === step.item_id ? [] : [{ id: item_id, of: step.item_id }]))
}

/**
 * As it is shown: where parts are missing a line says so, one for neighbours. The length is the sender's word, so a forged "1 of 255" is two lines, not 255.
 */
function wordsOf({ total, parts }: ReceivedText): { text: string; has_gaps: boolean } {
  const { text, missing } = joinParts({ total, parts })
  if (missing.length === 0) return { text, has_gaps: false }
  const language = guessLanguage(text)
  const there = new Map(parts.map((part) => [part.number, part.text]))
  const pieces: string[] = []
  for (let number = 1; number <= total; number++) {
    const first = number
    while (number < total && !there.has(number) && !there.has(number + 1)) number++
    pieces.push(there.get(number) ?? `\n${gapLine(language, first, number, total)}\n`)
  }
  return { text: pieces.join('').trim(), has_gaps: true }
}

const gapLine = (language: Language, first: number, last: number, total: number) =>
  first === last
    ? say(language, 'texts.part_missing', { number: String(first), total: String(total) })
    : say(language, 'texts.parts_missing', { first: String(first), last: String(last), total: String(total) })

const whatWasRead = ({ heard, speaker }: ReadPart) => ({
  sender: { name: heard.name, address: speaker?.address ?? heard.from },
  text: heard.text,
})
