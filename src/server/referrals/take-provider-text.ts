import { sql } from 'kysely'
import { identify, system, type Language, type Writing } from '../platform/context.ts'
import { Refusal } from '../platform/refusal.ts'
import { say, type Key } from '../platform/words.ts'
import { noteQuestion, type NewAttachment } from '../tickets/index.ts'
import { keepQuestion } from './ask-desk.ts'
import { askBack, doCommand } from './do-command.ts'
import type { ProviderText } from './find-provider-texts.ts'
import type { Command } from './read-command.ts'
import { findPaidByCode } from './paid/answer-paid.ts'
import { isPaid } from './find-provider-mails.ts'
import { howCodesStand, noteWrongCode } from './wrong-codes.ts'

export interface TakenText {
  entry: ProviderText
  via: 'sms' | 'whatsapp'
  text: string
  attachments?: readonly NewAttachment[]
}

/** What became of it, for the ledger; and the sentence that answers it, null for none. */
export interface AnsweredText {
  outcome: 'command' | 'message'
  reason: string | null
  ticket: { id: string; number: string } | null
  message_id: string | null
  person_id: string
  language: Language
  answer: string | null
}

/**
 * Does what a provider's contact wrote: a command, or words about the only offer or case that they have in hand, which stand with the ticket for those
 * who work it. What is refused changes nothing and is told. For the system, in the transaction that settles the text.
 */
export async function takeProviderText(ctx: Writing, given: TakenText): Promise<AnsweredText> {
  const { person_id, offer } = given.entry
  const { rows } = await sql<{ language: Language }>`select language from people where id = ${person_id}::uuid`.execute(
    ctx.tx,
  )
  const language = rows[0]?.language ?? 'id'
  const known = { person_id, language, ticket: offer && { id: offer.ticket_id, number: offer.number } }
  await sql`savepoint provider_text`.execute(ctx.tx)
  try {
    return { ...known, ...(await take(ctx, given, language)) }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    await sql`rollback to savepoint provider_text`.execute(ctx.tx)
    await identify(ctx.tx, system)
    const { entry, via } = given
    const is_wrong = thrown.key === 'offer.code'
    const is_last = is_wrong && (await noteWrongCode(ctx, { person_id, desk_id: entry.desk_id, via }))
    const answer = is_last ? say(language, 'sms.codes_locked') : say(language, `refusal.${thrown.key}` as Key)
    return { ...known, outcome: 'command', reason: 'provider_refused', message_id: null, answer }
  }
}

/** What would tell whoever tries codes whether one is right. (SETUJU has its own few tries.) */
const hasCode = (command: Command): boolean =>
  command.word === 'LIBUR' ? command.proof !== null : 'code' in command && command.word !== 'SETUJU'

/** Whether its code is that of an offer, a case or an invitation that this very number has now. */
async function isLiving(ctx: Writing, command: Command, { person_id, offer }: ProviderText): Promise<boolean> {
  if (!('code' in command)) return false
  if (isPaid(command)) return (await findPaidByCode(ctx, { code: command.code, person_id }))?.stands === 'open'
  return offer?.code === command.code && (offer.state === 'open' || offer.state === 'accepted')
}

async function take(
  ctx: Writing,
  { entry, via, text, attachments }: TakenText,
  language: Language,
): Promise<Pick<AnsweredText, 'outcome' | 'reason' | 'message_id' | 'answer'>> {
  const { heard, person_id, desk_id, offer } = entry
  if (heard.kind === 'command') {
    const whose = { person_id, desk_id, via }
    const stands = hasCode(heard.command) ? await howCodesStand(ctx, whose) : 'open'
    if (stands === 'shut' || (stands === 'locked' && !(await isLiving(ctx, heard.command, entry)))) {
      if (stands === 'locked') await noteWrongCode(ctx, whose)
      const answer = say(language, `sms.codes_${stands}`)
      return { outcome: 'command', reason: 'codes_locked', message_id: null, answer }
    }
    const said = await doCommand(ctx, heard.command, {
      person_id,
      desk_id,
      language,
      via,
      ...(attachments ? { attachments: [...attachments] } : {}),
    })
    // By mail the case itself follows; by text a word that it was heard.
    const answer = said ?? say(language, 'sms.provider_accepted', { code: offer?.code ?? '' })
    return { outcome: 'command', reason: null, message_id: null, answer }
  }
  if (heard.kind === 'asked') {
    const answer = askBack(heard, language, offer?.code ?? null, via)
    return { outcome: 'command', reason: 'provider_asked', message_id: null, answer }
  }
  if (!offer) throw new Error('words of a provider that are about nothing')
  const { message_id } = await noteQuestion(ctx, {
    ticket_id: offer.ticket_id,
    author_id: person_id,
    text,
    ...(attachments ? { attachments: [...attachments] } : {}),
  })
  const { id: offer_id, ticket_id } = offer
  const waits = await keepQuestion(ctx, { offer_id, ticket_id, desk_id, person_id, via, text, message_id })
  const noted = offer.state === 'open' ? 'sms.provider_noted' : 'sms.provider_noted_case'
  const key = waits ? noted : 'sms.provider_noted_many'
  const answer = say(language, key, { code: offer.code })
  return { outcome: 'message', reason: 'provider_question', message_id, answer }
}
