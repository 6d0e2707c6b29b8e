import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'
import { receiveMessages, type ReceivedMessage } from './receive-messages.ts'
import { REPLY_LENGTH_MAX } from './reply.ts'

export const Reject = z.object({ ticket_id: z.uuid(), text: z.string().trim().min(1).max(REPLY_LENGTH_MAX) })
export type Reject = z.infer<typeof Reject>

/** "Belum teratasi": the requester says what is still wrong; the ticket is open again. */
export async function reject(ctx: Writing, input: Reject): Promise<ReceivedMessage> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.reject', 'reject')
  const author_id = ctx.actor.kind === 'requester' ? ctx.actor.person_id : ticket.requester_id
  const [received] = await receiveMessages(ctx, [
    { ticket_id: ticket.id, author_id, channel: 'web', text: input.text, reopen_within_days: 0 },
  ])
  return received ?? refuse('not_found', 'ticket.unknown')
}
