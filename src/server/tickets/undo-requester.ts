import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { moveTicket, takeTicket } from './find-ticket.ts'
import type { State } from './states.ts'

/** What a requester did a moment ago by a text, taken back. Each refuses `conflict` (ticket.changed_meanwhile) where the ticket has moved on. */

/** "Sudah teratasi" was a slip: the ticket is what it was before, and its resolution waits to be confirmed again. Records `ticket.reopened`. */
export async function undoConfirm(
  ctx: Writing,
  { ticket_id, state }: { ticket_id: string; state: State },
): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.confirm')
  if (ticket.state !== 'closed') refuse('conflict', 'ticket.changed_meanwhile')
  await sql`update closures set reopened_at = ${ctx.now}::timestamptz
    where ticket_id = ${ticket_id}::uuid and reopened_at is null`.execute(ctx.tx)
  await sql`update resolutions set confirmed_at = null where ticket_id = ${ticket_id}::uuid and reopened_at is null`.execute(
    ctx.tx,
  )
  // Closing called back whoever was asked; the desk has it again.
  await moveTicket(ctx, ticket, state === 'referred' || state === 'closed' ? 'open' : state)
  await record(ctx, 'ticket.reopened', { ticket_id, about: { from_state: 'closed', by: 'undo' } })
}

/** "Belum teratasi" was a slip: what stood before stands again. Records `ticket.reopening_undone`. */
export async function undoReopening(
  ctx: Writing,
  { ticket_id, state, at }: { ticket_id: string; state: 'resolved' | 'closed'; at: Date },
): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.confirm')
  if (ticket.state !== 'open') refuse('conflict', 'ticket.changed_meanwhile')
  for (const table of ['resolutions', 'closures'] as const)
    await sql`update ${sql.table(table)} set reopened_at = null
      where ticket_id = ${ticket_id}::uuid and reopened_at = ${at}::timestamptz`.execute(ctx.tx)
  await moveTicket(ctx, ticket, state)
  await record(ctx, 'ticket.reopening_undone', { ticket_id, about: { to_state: state } })
}

/** The judgement before, or none. Records `ticket.rating_undone`. */
export async function undoRating(
  ctx: Writing,
  { ticket_id, score, words }: { ticket_id: string; score: number | null; words: string },
): Promise<void> {
  await takeTicket(ctx, ticket_id, 'ticket.rate')
  if (score === null) await sql`delete from ratings where ticket_id = ${ticket_id}::uuid`.execute(ctx.tx)
  else
    await sql`update ratings set score = ${score}::int, words = ${words} where ticket_id = ${ticket_id}::uuid`.execute(
      ctx.tx,
    )
  await record(ctx, 'ticket.rating_undone', { ticket_id, about: { score } })
}
