import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { mustAsPerson } from '../platform/may.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { findTicket } from '../tickets/index.ts'
import { answerWithoutNames } from './suggest-summary.ts'

export const ANSWER_LENGTH_MAX = 5_000

export const AnswerQuestion = z.strictObject({
  ticket_id: z.uuid(),
  question_id: z.uuid(),
  answer: z.string().trim().min(1, 'fault.required').max(ANSWER_LENGTH_MAX),
})
export type AnswerQuestion = z.infer<typeof AnswerQuestion>

/**
 * What the desk that refers answers to whoever was asked. Before they accept, what names anybody is masked, in their language: what they read
 * is what stands here afterwards; a page shows it before it leaves ({@link showAnswer}). It is told by the channel by which they asked (tell-answers.ts). For those who may choose whom to ask; refuses
 * `conflict` (offer.question_closed) when somebody was faster, `not_found` for a question of another ticket. Records `offer.question_answered`.
 */
export async function answerQuestion(ctx: Writing, input: AnswerQuestion): Promise<void> {
  const question = await takeQuestion(ctx, input)
  const { offer_id, desk_id } = question
  const may_name = question.state === 'accepted'
  const { text: answer } = await masked(ctx, question, input)
  if (answer === '') refuse('invalid', 'form', [{ path: 'answer', key: 'fault.required' }])
  await close(ctx, input, { answer, may_name })
  await record(ctx, 'offer.question_answered', {
    ticket_id: input.ticket_id,
    about: { offer_id, desk_id, question_id: input.question_id },
  })
}

/** What they would read of this answer, and whether anything in it is masked. For the same people; changes nothing; the same refusals. */
export async function showAnswer(ctx: Reading, input: AnswerQuestion): Promise<{ text: string; is_masked: boolean }> {
  return masked(ctx, await takeQuestion(ctx, input), input)
}

async function masked(ctx: Reading, { state, language }: Question, { ticket_id, answer }: AnswerQuestion) {
  if (state === 'accepted') return { text: answer, is_masked: false }
  return answerWithoutNames(ctx, { ticket_id, answer, language })
}

export const SettleQuestion = AnswerQuestion.pick({ ticket_id: true, question_id: true })
export type SettleQuestion = z.infer<typeof SettleQuestion>

/** Nothing is to be answered ("terima kasih, kami pelajari"): it waits no more, and nobody is told. The same refusals. */
export async function settleQuestion(ctx: Writing, input: SettleQuestion): Promise<void> {
  const { offer_id, desk_id } = await takeQuestion(ctx, input)
  await close(ctx, input, { answer: null, may_name: false })
  await record(ctx, 'offer.question_settled', {
    ticket_id: input.ticket_id,
    about: { offer_id, desk_id, question_id: input.question_id },
  })
}

interface Question {
  offer_id: string
  desk_id: string
  state: string
  /** Of whoever asked. */
  language: Language
}

async function takeQuestion(ctx: Reading, { ticket_id, question_id }: SettleQuestion): Promise<Question> {
  const ticket = await findTicket(ctx, ticket_id)
  const { rows } = await sql<
    Question & { referring_desk_id: string }
  >`select q.offer_id, q.desk_id, o.state, q.referring_desk_id,
      coalesce((select p.language from people p where p.id = q.asked_by), 'id') as language
    from offer_questions q join offers o on o.id = q.offer_id
    where q.id = ${question_id}::uuid and q.ticket_id = ${ticket_id}::uuid`.execute(ctx.db)
  const question = rows[0] ?? refuse('not_found', 'offer.question')
  // Once it is accepted the ticket is held by whoever was asked: the desk that referred answers.
  mustAsPerson(ctx.actor, 'ticket.choose_provider', { ...ticket, holder_desk_id: question.referring_desk_id })
  return question
}

async function close(
  ctx: Writing,
  { question_id }: SettleQuestion,
  { answer, may_name }: { answer: string | null; may_name: boolean },
): Promise<void> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { numAffectedRows } =
    await sql`update offer_questions set answer = ${answer}::text, closed_at = ${ctx.now}::timestamptz, closed_by = ${by}::uuid,
      may_name = ${may_name}::boolean
    where id = ${question_id}::uuid and closed_at is null`.execute(ctx.tx)
  if (numAffectedRows !== 1n) refuse('conflict', 'offer.question_closed')
}
