import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { moveTicket, type KnownTicket } from './find-ticket.ts'

export const closeReasons = ['solved', 'out_of_scope', 'duplicate', 'withdrawn', 'no_answer'] as const
export type CloseReason = (typeof closeReasons)[number]

/** The end of a ticket, whoever brought it about: the closure with its reason, the state, the fact. */
export async function endTicket(
  ctx: Writing,
  ticket: KnownTicket,
  closure: { reason: CloseReason; pointer?: string | undefined; duplicate_of?: string | undefined },
): Promise<void> {
  const id = newId()
  await ctx.tx
    .insertInto('closures')
    .values({
      ticket_id: ticket.id,
      id,
      reason: closure.reason,
      pointer: closure.pointer ?? null,
      duplicate_of: closure.duplicate_of ?? null,
      closed_by: 'person_id' in ctx.actor ? ctx.actor.person_id : null,
      closed_at: ctx.now,
    })
    .execute()
  await moveTicket(ctx, ticket, 'closed')
  await record(ctx, 'ticket.closed', {
    ticket_id: ticket.id,
    about: { closure_id: id, reason: closure.reason, from_state: ticket.state },
  })
}
