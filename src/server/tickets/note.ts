import { z } from 'zod'
import type { StaffActor, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustAsPerson } from '../platform/may.ts'
import { findTicket, type KnownTicket } from './find-ticket.ts'
import { keepAttachments } from './keep-attachments.ts'
import { plainText } from './plain-text.ts'
import { Attachment, REPLY_LENGTH_MAX } from './reply.ts'

export const Note = z.object({
  ticket_id: z.uuid(),
  text: z.string().trim().min(1).max(REPLY_LENGTH_MAX),
  attachments: z.array(Attachment).max(20).optional(),
})
export type Note = z.infer<typeof Note>

/**
 * Writes down something for colleagues; row-level security keeps it from requesters, and from every other organisation: whoever works for a
 * member, a partner or a government writes for that desk's people alone. Changes nothing else.
 */
export async function note(ctx: Writing, input: Note): Promise<{ ticket_id: string; message_id: string }> {
  const ticket = await findTicket(ctx, input.ticket_id)
  mustAsPerson(ctx.actor, 'ticket.note', ticket)
  const message = { ticket_id: ticket.id, message_id: newId() }
  await ctx.tx
    .insertInto('messages')
    .values({
      ticket_id: ticket.id,
      id: message.message_id,
      direction: 'note',
      for_desk_id: deskOfNotes(ctx.actor, ticket),
      channel: 'web',
      author_id: ctx.actor.person_id,
      text: plainText(input.text),
      at: ctx.now,
      leaves_at: ctx.now,
    })
    .execute()
  await keepAttachments(ctx, [{ ...message, attachments: input.attachments }])
  await record(ctx, 'message.noted', { ticket_id: ticket.id, about: { message_id: message.message_id } })
  return message
}

/** Whose note it is: a member's, a partner's or a government's desk; null for the association's own. */
function deskOfNotes(actor: StaffActor, { holder_desk_id }: KnownTicket): string | null {
  if (actor.sees_all || actor.desks.some(({ kind }) => kind !== 'own_unit')) {
    return (actor.providers ?? []).find(({ id }) => id === holder_desk_id)?.id ?? null
  }
  const own = [...(actor.providers ?? []), ...actor.desks]
  return (own.find(({ id }) => id === holder_desk_id) ?? own[0])?.id ?? null
}
