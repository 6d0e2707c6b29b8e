import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { takeOwnNeed } from './need-rows.ts'

export const AskProviders = z.strictObject({
  ticket_id: z.uuid(),
  /** Those that the requester ticked; null for all. */
  answer_ids: z.array(z.uuid()).max(100).nullable(),
})
export type AskProviders = z.infer<typeof AskProviders>

/**
 * The requester agrees and says who shall be asked: some of those who could do it, or all; more of them later, until the deadline. Refuses
 * `invalid` when nobody was ticked (paid.fault_nobody) and `conflict` after the deadline (paid.over).
 */
export async function askProviders(ctx: Writing, { ticket_id, answer_ids }: AskProviders): Promise<number> {
  const need = await takeOwnNeed(ctx, ticket_id)
  if (need.due_at <= ctx.now) refuse('conflict', 'paid.over')
  const { rows } = await sql<{ id: string }>`update paid_answers set invited_at = ${ctx.now}::timestamptz
    where need_id = ${need.id}::uuid and invited_at is null and (${answer_ids}::uuid[] is null or id = any (${answer_ids}::uuid[])) returning id`.execute(
    ctx.tx,
  )
  if (rows.length === 0) refuse('invalid', 'form', [{ path: 'answer_ids', key: 'paid.fault_nobody' }])
  await sql`update paid_needs set agreed_at = coalesce(agreed_at, ${ctx.now}::timestamptz) where id = ${need.id}::uuid`.execute(
    ctx.tx,
  )
  await record(ctx, 'paid_need.agreed', { ticket_id, about: { paid_need_id: need.id, asked: rows.length } })
  return rows.length
}
