import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { moveTicket, takeTicket } from './find-ticket.ts'
import { refuseUnseen } from './refuse-unseen.ts'
import { sendOut, type Sent } from './send-out.ts'
import { stateAfter } from './states.ts'
import { refuseTooLong } from './ways-to-answer.ts'

export const REPLY_LENGTH_MAX = 20_000
export const REPLY_FILES_MAX = 20
export const TAKE_BACK_SECONDS = 15

export const Attachment = z.object({
  name: z.string(),
  type: z.string(),
  size: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

export const Reply = z.object({
  ticket_id: z.uuid(),
  text: z.string().trim().min(1).max(REPLY_LENGTH_MAX),
  attachments: z.array(Attachment).max(REPLY_FILES_MAX).optional(),
  /** It is the requester's turn (default); false: we answered, and go on working. */
  waiting: z.boolean().optional(),
  /** The newest message that the writer had on the screen: if something arrived after it, sending stops. */
  seen_message_id: z.uuid().optional(),
  /** API and automatic messages leave at once; a reply of the desk's page can be taken back for 15 seconds. */
  at_once: z.boolean().optional(),
  /** What is said by a message, where nobody sees a button, can be taken back for longer. */
  take_back_seconds: z.number().int().positive().optional(),
  /** It came by mail or text, and nobody sits there who could shorten it: by SMS goes what fits, and the link to the rest. */
  may_be_cut: z.boolean().optional(),
})
export type Reply = z.infer<typeof Reply>

/**
 * Answers the requester and everybody who takes part. Refuses `conflict` (ticket.message_arrived) when the requester or a colleague has
 * said something that the writer has not seen; `invalid` where the requester gets it by SMS and it takes more parts than are allowed.
 */
export async function reply(ctx: Writing, input: Reply): Promise<Sent> {
  const step = (input.waiting ?? true) ? 'ask' : 'answer'
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.reply', step)
  await refuseUnseen(ctx, input)
  if (!input.may_be_cut) await refuseTooLong(ctx, ticket, { text: input.text, files: input.attachments?.length ?? 0 })
  const [sent] = await sendOut(ctx, [
    {
      ticket,
      text: input.text,
      author_id: ctx.actor.kind === 'staff' ? ctx.actor.person_id : null,
      attachments: input.attachments,
      leaves_at: leavesAt(ctx, input.at_once, input.take_back_seconds),
      footer: 'ticket.mail.follow',
    },
  ])
  const to = stateAfter(step, ticket.state)!
  // Asking again begins the days of waiting anew.
  await moveTicket(ctx, ticket, to, to === 'waiting' ? { state_since: ctx.now, reminded_at: null } : {})
  return sent!
}

/** When what somebody wrote at the desk leaves the house. */
export const leavesAt = (ctx: Writing, at_once = false, take_back_seconds = TAKE_BACK_SECONDS): Date =>
  at_once || ctx.actor.kind !== 'staff' ? ctx.now : new Date(ctx.now.getTime() + take_back_seconds * 1000)
