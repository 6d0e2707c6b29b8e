import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

/**
 * Stops a send when something was said on the ticket that the writer has not seen, by the requester or by a colleague: `conflict`
 * (ticket.message_arrived). Call it while the ticket is locked: then whoever writes second always meets the first one's message.
 * Message ids grow with time. Without `seen_message_id` only what came in the very moment of sending counts.
 */
export async function refuseUnseen(
  ctx: Writing,
  { ticket_id, seen_message_id }: { ticket_id: string; seen_message_id?: string | undefined },
): Promise<void> {
  const seen = sql`${seen_message_id ?? null}::uuid`
  // A message that does not stand on this ticket was not seen here, however late its id.
  const { rows } = await sql<{ unseen: boolean }>`select
      exists (select from messages where ticket_id = ${ticket_id}::uuid and (
        (direction = 'in' and at > ${ctx.now}::timestamptz)
        or (direction <> 'note' and taken_back_at is null and id > ${seen})))
      or (${seen} is not null and not exists (select from messages where ticket_id = ${ticket_id}::uuid and id = ${seen})) as unseen`.execute(
    ctx.tx,
  )
  if (rows[0]!.unseen) refuse('conflict', 'ticket.message_arrived')
}
