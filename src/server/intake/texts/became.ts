import type { Language } from '../../platform/context.ts'
import type { Conversation, Settlement, Speaker } from '../../channels/index.ts'
import type { TextDecision } from './decide-text.ts'
import type { Known, OwnTicket } from './look-up-texts.ts'
import type { ReadyText } from './ready-text.ts'
import type { Answer } from './say.ts'

/** A text of which it is decided what becomes of it. */
export type Decided<O extends TextDecision['outcome'] = TextDecision['outcome']> = ReadyText & {
  speaker: Speaker
  known: Known
  language: Language
  decision: Extract<TextDecision, { outcome: O }>
}

/** What became of one text. */
export interface Became {
  settlement: Omit<Settlement, 'id'>
  answer?: Answer | null
  conversation?: Partial<Conversation>
}

export const conversationOf = ({ conversation }: Known, { channel, address }: Speaker): Conversation =>
  conversation ?? {
    channel,
    address,
    stopped_at: null,
    last_in_at: null,
    ticket_id: null,
    continues_until: null,
    question: null,
    asked_at: null,
  }

export const answer = (
  { speaker, language, known }: Decided,
  says: Answer['says'],
  ticket: OwnTicket | null = null,
): Answer => ({
  newest_ticket_id: known.tickets[0]?.id,
  is_stranger: known.tickets.length === 0 && known.barred.length === 0 && known.provider === null,
  ...speaker,
  language,
  says,
  person_id: ticket?.person_id ?? null,
  ticket: ticket && { id: ticket.id, number: ticket.number },
})

/** What was asked is answered, but for texts that wait to be told which ticket they are for. */
export const answeredNow = ({ conversation }: Known): Partial<Conversation> =>
  conversation?.question?.kind === 'which_ticket' ? {} : { question: null, asked_at: null }
