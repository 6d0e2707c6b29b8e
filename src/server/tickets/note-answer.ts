import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { lockTickets, moveTicket } from './find-ticket.ts'

/**
 * What a requester was asked about their request and answered in words that leave no doubt: where they are, what it is about. Whoever called has
 * understood it; `message_id` names the words. `desk_id` gives a new ticket that nobody has looked at to the desk that would have had it, had this
 * been known. Only for the system. Records `ticket.triaged`, and `ticket.handed` where it changes hands.
 */
export async function noteAnswer(
  ctx: Writing,
  {
    ticket_id,
    message_id,
    desk_id,
    ...what
  }: { ticket_id: string; message_id: string; desk_id?: string } & ({ region_code: string } | { topic_code: string }),
): Promise<void> {
  if (ctx.actor.kind !== 'system') throw new Error('an answer is noted by the system')
  const [ticket] = await lockTickets(ctx, [ticket_id])
  if (!ticket) refuse('not_found', 'ticket.unknown')
  await ctx.tx.updateTable('tickets').set(what).where('id', '=', ticket_id).execute()
  await record(ctx, 'ticket.triaged', { ticket_id, about: { ...what, by: 'answer', message_id } })
  const moves = desk_id !== undefined && desk_id !== ticket.holder_desk_id
  if (!moves || ticket.state !== 'new' || ticket.holder_person_id !== null) return
  await sql`insert into ticket_desks (ticket_id, desk_id, since) values (${ticket_id}::uuid, ${desk_id}::uuid, ${ctx.now}::timestamptz)
    on conflict do nothing`.execute(ctx.tx)
  await moveTicket(ctx, ticket, 'new', { holder_desk_id: desk_id, holder_since: ctx.now })
  await record(ctx, 'ticket.handed', {
    ticket_id,
    about: { desk_id, person_id: null, from_desk_id: ticket.holder_desk_id, from_person_id: null },
  })
}
