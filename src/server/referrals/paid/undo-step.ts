import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'

/**
 * What a requester did a moment ago by a text about the paid work that they need, taken back, where nobody has acted on it since. For the system, which knows by
 * its own note what was done and when (channels/texts/text-commands.ts). Each refuses `conflict` (paid.moved_on) and records `paid_need.undone`.
 */

interface Step {
  need_id: string
  ticket_id: string
  /** When it was done. */
  at: Date
}

/**
 * Whom they asked then is asked no more; nobody was told before these five minutes are over (tell-paid.ts). Who has answered or asked something all the same stays. Answers how many.
 */
export async function undoAsking(ctx: Writing, { need_id, ticket_id, at }: Step): Promise<number> {
  await lockOpen(ctx, need_id)
  const { rows } = await sql<{ id: string }>`update paid_answers
      set invited_at = null, code = null, remind_at = null, reminded_at = null
    where need_id = ${need_id}::uuid and invited_at = ${at}::timestamptz and code is null and answer is null and question is null returning id`.execute(
    ctx.tx,
  )
  if (rows.length === 0) refuse('conflict', 'paid.moved_on')
  const ids = rows.map(({ id }) => id)
  await sql`delete from paid_links where answer_id = any (${ids}::uuid[])`.execute(ctx.tx)
  await sql`update paid_needs n set agreed_at = null where id = ${need_id}::uuid
    and not exists (select from paid_answers a where a.need_id = n.id and a.invited_at is not null)`.execute(ctx.tx)
  await recordUndone(ctx, { need_id, ticket_id }, 'asked')
  return rows.length
}

/** What they replied to a question, before whoever asked has answered: they may have read it. */
export async function undoReply(
  ctx: Writing,
  { need_id, ticket_id, at, answer_id }: Step & { answer_id: string },
): Promise<void> {
  await lockOpen(ctx, need_id)
  const { rows } = await sql`update paid_answers set reply = null, replied_at = null
    where id = ${answer_id}::uuid and need_id = ${need_id}::uuid and replied_at = ${at}::timestamptz and answer is null
    returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'paid.moved_on')
  await recordUndone(ctx, { need_id, ticket_id }, 'replied')
}

/** The outcome, or that it is needed no more: it runs again, while its request does and its month is not over. */
export async function reopenNeed(ctx: Writing, { need_id, ticket_id, at }: Step): Promise<void> {
  const { rows } =
    await sql`update paid_needs n set state = 'open', ended_at = null, outcome = null, outcome_answer_id = null
    where id = ${need_id}::uuid and state in ('closed', 'withdrawn') and ended_at = ${at}::timestamptz and ends_at > ${ctx.now}::timestamptz
      and not exists (select from paid_needs o where o.ticket_id = n.ticket_id and o.state = 'open')
      and exists (select from tickets t where t.id = n.ticket_id and t.state <> 'closed' and t.spam_at is null)
    returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'paid.moved_on')
  await recordUndone(ctx, { need_id, ticket_id }, 'ended')
}

/** Locked like every step of the requester (need-rows.ts). */
async function lockOpen(ctx: Writing, need_id: string): Promise<void> {
  const { rows } =
    await sql`select id from paid_needs where id = ${need_id}::uuid and state = 'open' for update`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'paid.moved_on')
}

const recordUndone = (
  ctx: Writing,
  { need_id, ticket_id }: Pick<Step, 'need_id' | 'ticket_id'>,
  step: 'asked' | 'replied' | 'ended',
): Promise<void> => record(ctx, 'paid_need.undone', { ticket_id, about: { paid_need_id: need_id, step } })
