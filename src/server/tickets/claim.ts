import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { moveTicket, takeTicket } from './find-ticket.ts'

export const OneTicket = z.object({ ticket_id: z.uuid() })
export type OneTicket = z.infer<typeof OneTicket>

/** Takes a ticket of one's desk upon oneself. Refuses `conflict` (ticket.already_claimed) when a colleague holds it. */
export async function claim(ctx: Writing, { ticket_id }: OneTicket): Promise<void> {
  const { ticket, to } = await takeTicket(ctx, ticket_id, 'ticket.claim', 'claim')
  if (ctx.actor.kind !== 'staff') refuse('forbidden', 'ticket.forbidden')
  if (ticket.holder_person_id === ctx.actor.person_id) return
  if (ticket.holder_person_id !== null) refuse('conflict', 'ticket.already_claimed')
  await moveTicket(ctx, ticket, to, { holder_person_id: ctx.actor.person_id, holder_since: ctx.now })
  await record(ctx, 'ticket.claimed', {
    ticket_id,
    about: { desk_id: ticket.holder_desk_id, person_id: ctx.actor.person_id },
  })
}

/** Gives it back to the desk. */
export async function release(ctx: Writing, { ticket_id }: OneTicket): Promise<void> {
  const { ticket, to } = await takeTicket(ctx, ticket_id, 'ticket.release', 'release')
  if (ticket.holder_person_id === null) return
  await moveTicket(ctx, ticket, to, { holder_person_id: null, holder_since: ctx.now })
  await record(ctx, 'ticket.released', {
    ticket_id,
    about: { desk_id: ticket.holder_desk_id, person_id: ticket.holder_person_id },
  })
}
