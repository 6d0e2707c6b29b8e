import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { takeForReferral } from '../refer.ts'
import { summarise } from '../summarise.ts'
import { findLiveNeed, takeOwnNeed } from './need-rows.ts'

export const ConfirmNoParty = z.strictObject({ ticket_id: z.uuid(), answer_id: z.uuid() })
export type ConfirmNoParty = z.infer<typeof ConfirmNoParty>

/**
 * The requester says that they know that the association is no party to what follows; whoever is interested has said so already. From then on
 * each sees how to reach the other. Refuses `conflict` for an answer that is none, or was confirmed before (paid.not_interested).
 */
export async function confirmNoParty(ctx: Writing, { ticket_id, answer_id }: ConfirmNoParty): Promise<void> {
  const need = await takeOwnNeed(ctx, ticket_id)
  const { rows } =
    await sql`update paid_answers set requester_confirmed_at = ${ctx.now}::timestamptz, contacts_shown_at = ${ctx.now}::timestamptz
    where id = ${answer_id}::uuid and need_id = ${need.id}::uuid and provider_confirmed_at is not null and requester_confirmed_at is null
    returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'paid.not_interested')
  await record(ctx, 'paid_answer.confirmed', {
    ticket_id,
    about: { paid_need_id: need.id, paid_answer_id: answer_id },
  })
}

export const ReplyToQuestion = z.strictObject({
  ticket_id: z.uuid(),
  answer_id: z.uuid(),
  reply: z.string().trim().min(1, 'fault.required').max(2_000),
})
export type ReplyToQuestion = z.infer<typeof ReplyToQuestion>

/** The requester answers a provider's question; what names anybody is masked, because contacts come later. Refuses `conflict` (paid.no_question). */
export async function replyToQuestion(ctx: Writing, { ticket_id, answer_id, reply }: ReplyToQuestion): Promise<void> {
  const need = await takeOwnNeed(ctx, ticket_id)
  // Whoever asked, also where their text is read by the system (takeOwnNeed refuses everybody else).
  const person_id = ctx.actor.kind === 'requester' ? ctx.actor.person_id : null
  const { rows: known } = await sql<{ names: string[]; addresses: string[] }>`select
      array(select name from people where id = ${person_id}::uuid) as names,
      array(select address from contact_points where person_id = ${person_id}::uuid order by id limit 50) as addresses`.execute(
    ctx.db,
  )
  const { rows } =
    await sql`update paid_answers set reply = left(${summarise(reply, known[0]!)}, 2000), replied_at = ${ctx.now}::timestamptz
    where id = ${answer_id}::uuid and need_id = ${need.id}::uuid and question is not null and reply is null returning id`.execute(
      ctx.tx,
    )
  if (rows.length === 0) refuse('conflict', 'paid.no_question')
  await record(ctx, 'paid_answer.replied', { ticket_id, about: { paid_need_id: need.id, paid_answer_id: answer_id } })
}

export const RecordOutcome = z.strictObject({
  ticket_id: z.uuid(),
  /** With whom they agreed; null for nobody. */
  answer_id: z.uuid().nullable(),
})
export type RecordOutcome = z.infer<typeof RecordOutcome>

/** What became of it: with whom the requester agreed, or with nobody. It ends the need. Refuses `conflict` for one whose contacts were not shown. */
export async function recordOutcome(ctx: Writing, { ticket_id, answer_id }: RecordOutcome): Promise<void> {
  const need = await takeOwnNeed(ctx, ticket_id)
  const { rows } = await sql`update paid_needs n set state = 'closed', ended_at = ${ctx.now}::timestamptz,
      outcome = ${answer_id === null ? 'nobody' : 'agreed'}, outcome_answer_id = ${answer_id}::uuid
    where id = ${need.id}::uuid and agreed_at is not null and (${answer_id}::uuid is null or exists (
      select from paid_answers a where a.id = ${answer_id}::uuid and a.need_id = n.id and a.contacts_shown_at is not null))
    returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'paid.no_contacts')
  await record(ctx, 'paid_need.closed', { ticket_id, about: { paid_need_id: need.id } })
}

export const WithdrawNeed = z.strictObject({ ticket_id: z.uuid() })
export type WithdrawNeed = z.infer<typeof WithdrawNeed>

/** Takes it back: the requester, or those who wrote it down. Refuses `conflict` when none runs (paid.none). */
export async function withdrawNeed(ctx: Writing, { ticket_id }: WithdrawNeed): Promise<void> {
  if (ctx.actor.kind === 'requester') await takeOwnNeed(ctx, ticket_id)
  else await takeForReferral(ctx, ticket_id)
  const need = (await findLiveNeed(ctx, ticket_id)) ?? refuse('conflict', 'paid.none')
  await sql`update paid_needs set state = 'withdrawn', ended_at = ${ctx.now}::timestamptz
    where id = ${need.id}::uuid and state = 'open'`.execute(ctx.tx)
  await record(ctx, 'paid_need.withdrawn', { ticket_id, about: { paid_need_id: need.id } })
}
