import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { answering, type Via } from './answering.ts'

const QUESTION_LENGTH_MAX = 4_000
/** Of one offer, whichever way they came: whoever asks more than that telephones. */
const WAITING_MAX = 10

export const AskDesk = z.strictObject({
  offer_id: z.uuid(),
  question: z.string().trim().min(1, 'fault.required').max(QUESTION_LENGTH_MAX),
})
export type AskDesk = z.infer<typeof AskDesk>

/**
 * Somebody of whom was asked wants to know something of the desk that asks, about an offer or a case, on their own page. It waits there for
 * whoever refers. Refuses as answering() does, `conflict` (offer.was_STATE) for an offer that is over, (offer.asked_enough) when ten wait already.
 * Records `offer.questioned`.
 */
export async function askDesk(given: Writing, input: AskDesk): Promise<string> {
  const { ctx, offer, person_id } = await answering(given, { offer_id: input.offer_id })
  if (offer.state !== 'open' && offer.state !== 'accepted') refuse('conflict', `offer.was_${offer.state}`)
  if (await haveAskedEnough(ctx, offer.id)) refuse('conflict', 'offer.asked_enough')
  const id = newId()
  await sql`insert into offer_questions (id, offer_id, asked_at, asked_by, asked_via, question)
    values (${id}::uuid, ${offer.id}::uuid, ${ctx.now}::timestamptz, ${person_id}::uuid, 'web', ${input.question})`.execute(
    ctx.tx,
  )
  await recordAsked(ctx, { ...offer, offer_id: offer.id, person_id, question_id: id })
  return id
}

async function haveAskedEnough(ctx: Reading, offer_id: string): Promise<boolean> {
  const { rows } = await sql<{ waiting: number }>`select count(*)::int as waiting from offer_questions
    where offer_id = ${offer_id}::uuid and closed_at is null`.execute(ctx.db)
  return rows[0]!.waiting >= WAITING_MAX
}

/**
 * The same for what came by mail or as a text and stands on the ticket as a note already. For the system, whose callers know who wrote it.
 * False when ten wait already: then it stays that note, nothing waits for it, and its writer is told so.
 * @param given.text as the note has it; what holds nothing but attachments asks by them alone
 */
export async function keepQuestion(
  ctx: Writing,
  given: {
    offer_id: string
    ticket_id: string
    desk_id: string
    person_id: string
    via: Exclude<Via, 'web' | 'api'>
    text: string
    message_id: string
  },
): Promise<boolean> {
  if (await haveAskedEnough(ctx, given.offer_id)) return false
  const id = newId()
  const question = given.text.trim().slice(0, 20_000) || '…'
  await sql`insert into offer_questions (id, offer_id, asked_at, asked_by, asked_via, question, message_id)
    values (${id}::uuid, ${given.offer_id}::uuid, ${ctx.now}::timestamptz, ${given.person_id}::uuid, ${given.via}, ${question},
      ${given.message_id}::uuid)`.execute(ctx.tx)
  await recordAsked(ctx, { ...given, question_id: id })
  return true
}

const recordAsked = (
  ctx: Writing,
  asked: { ticket_id: string; offer_id: string; desk_id: string; person_id: string; question_id: string },
): Promise<void> => {
  const { ticket_id, offer_id, desk_id, person_id, question_id } = asked
  return record(ctx, 'offer.questioned', { ticket_id, about: { offer_id, desk_id, person_id, question_id } })
}
