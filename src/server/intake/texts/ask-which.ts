import type { Language, Writing } from '../../platform/context.ts'
import { say } from '../../platform/words.ts'
import type { Conversation, Question, Settlement, Speaker } from '../../channels/index.ts'
import type { Known, OwnTicket } from './look-up-texts.ts'
import { isOneSegment, type Answer } from './say.ts'

interface Held {
  item: { id: string }
  speaker: Speaker
  known: Known
  language: Language
  decision: { tickets: readonly OwnTicket[]; ask: boolean }
}

const CHOICES_MAX = 3

/**
 * "Balas 1 untuk …": the text waits, seen in the ledger, until they say which of their tickets it is for, or somebody has waited long enough
 * (wake-waiting.ts). They are asked once; what they write meanwhile waits with it. Number and day, never what a ticket is about: telephones are shared.
 */
export function askWhich(
  ctx: Writing,
  texts: readonly Held[],
): [string, { settlement: Omit<Settlement, 'id'>; answer: Answer | null; conversation: Partial<Conversation> }][] {
  return texts.map(({ item, speaker, known, language, decision: { tickets, ask } }) => {
    const before = known.conversation?.question
    const { text, told } = choices(tickets, language, ctx.now)
    const question: Question =
      before?.kind === 'which_ticket'
        ? { ...before, item_ids: [...new Set([...before.item_ids, item.id])] }
        : { kind: 'which_ticket', tickets: told.map(({ id, number }) => ({ id, number })), item_ids: [item.id] }
    return [
      item.id,
      {
        settlement: { outcome: 'quarantined', reason: 'which_ticket', possible_ticket: tickets[0] ?? null },
        answer: ask ? { ...speaker, language, says: { text }, person_id: null, ticket: null } : null,
        conversation: ask ? { question, asked_at: ctx.now } : { question },
      },
    ]
  })
}

/** As many as one segment takes, the last word newest first. */
export function choices(
  tickets: readonly OwnTicket[],
  language: Language,
  now: Date,
): { text: string; told: readonly OwnTicket[] } {
  const days = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'Asia/Jakarta' })
  const write = (told: readonly OwnTicket[]) =>
    say(language, 'sms.which_ticket', {
      list: told
        .map(({ number, last_at }, index) =>
          say(language, 'sms.which_choice', {
            choice: String(index + 1),
            number,
            day: days.format(last_at > now ? now : last_at),
          }),
        )
        .join(', '),
    })
  for (let count = Math.min(tickets.length, CHOICES_MAX); count > 1; count--) {
    const told = tickets.slice(0, count)
    if (isOneSegment(write(told))) return { text: write(told), told }
  }
  return { text: write(tickets.slice(0, 2)), told: tickets.slice(0, 2) }
}
