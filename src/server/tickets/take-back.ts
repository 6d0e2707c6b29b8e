import { sql } from 'kysely'
import { z } from 'zod'
import { cancelMessage } from '../channels/index.ts'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { hasUnanswered, liftEnds, moveTicket, takeTicket, type KnownTicket } from './find-ticket.ts'
import { stateAfter, type State } from './states.ts'

export const TakeBack = z.object({ ticket_id: z.uuid(), message_id: z.uuid() })
export type TakeBack = z.infer<typeof TakeBack>

/**
 * Takes one's own answer back before it leaves: mails, message, and the resolution it carried. Refuses `conflict` (ticket.left_already)
 * when 15 seconds have passed or one of its mails is under way: then nothing is taken back, because half an answer helps nobody.
 */
export async function takeBack(ctx: Writing, input: TakeBack): Promise<void> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.reply')
  await cancelMessage(ctx, input)
  const { rows } = await sql`update messages m set taken_back_at = ${ctx.now}::timestamptz
    where m.ticket_id = ${ticket.id}::uuid and m.id = ${input.message_id}::uuid and m.direction = 'out'
      and m.author_id = ${ctx.actor.kind === 'staff' ? ctx.actor.person_id : null}::uuid
      and m.taken_back_at is null and m.leaves_at > ${ctx.now}::timestamptz
      and not exists (select from outbox o where o.message_id = m.id and o.state <> 'cancelled')
    returning m.id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'ticket.left_already')
  await moveTicket(ctx, ticket, await stateWithout(ctx, ticket, input.message_id))
  await record(ctx, 'message.taken_back', { ticket_id: ticket.id, about: { message_id: input.message_id } })
}

async function stateWithout(ctx: Writing, ticket: KnownTicket, message_id: string): Promise<State> {
  if (ticket.state === 'resolved') {
    const carried = await sql`select from resolutions
      where ticket_id = ${ticket.id}::uuid and message_id = ${message_id}::uuid and reopened_at is null`.execute(ctx.tx)
    if (carried.rows.length === 0) return ticket.state
    await liftEnds(ctx, [ticket.id])
  } else if (!(await hasUnanswered(ctx, ticket.id))) return ticket.state
  return stateAfter('take_back', ticket.state)!
}
