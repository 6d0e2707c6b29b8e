import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import type { OneTicket } from './claim.ts'
import { liftEnds, moveTicket, takeTicket } from './find-ticket.ts'

/** Back to work: undoes a resolution, a closure, or waiting for the requester. */
export async function reopen(ctx: Writing, { ticket_id }: OneTicket): Promise<void> {
  const { ticket, to } = await takeTicket(ctx, ticket_id, 'ticket.reopen', 'reopen')
  await liftEnds(ctx, [ticket.id])
  await moveTicket(ctx, ticket, to)
  await record(ctx, 'ticket.reopened', { ticket_id, about: { from_state: ticket.state, by: 'desk' } })
}
