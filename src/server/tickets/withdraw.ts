import type { Writing } from '../platform/context.ts'
import type { OneTicket } from './claim.ts'
import { endTicket } from './end-ticket.ts'
import { takeTicket } from './find-ticket.ts'

/** The requester no longer needs us. Closes as `withdrawn`; an answer reopens it like any other. */
export async function withdraw(ctx: Writing, { ticket_id }: OneTicket): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.withdraw', 'withdraw')
  await endTicket(ctx, ticket, { reason: 'withdrawn' })
}
