import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import type { OneTicket } from './claim.ts'
import { endTicket } from './end-ticket.ts'
import { takeTicket } from './find-ticket.ts'

/** "Sudah teratasi": the requester says that it is solved, also before we do. Closes as `solved`. */
export async function confirm(ctx: Writing, { ticket_id }: OneTicket): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.confirm', 'confirm')
  await sql`update resolutions set confirmed_at = ${ctx.now}::timestamptz
    where ticket_id = ${ticket.id}::uuid and reopened_at is null`.execute(ctx.tx)
  await record(ctx, 'ticket.confirmed', { ticket_id, about: { from_state: ticket.state } })
  await endTicket(ctx, ticket, { reason: 'solved' })
}
