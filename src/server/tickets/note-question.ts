import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { keepAttachments } from './keep-attachments.ts'
import { plainText } from './plain-text.ts'
import type { Reply } from './reply.ts'

/**
 * What somebody outside the desk asked about a ticket that they do not see (an offer made to them), for those who work it: an internal note with their
 * name. Only for the system, whose callers know who wrote it.
 */
export async function noteQuestion(
  ctx: Writing,
  input: { ticket_id: string; author_id: string; text: string; attachments?: Reply['attachments'] },
): Promise<{ ticket_id: string; message_id: string }> {
  if (ctx.actor.kind !== 'system') throw new Error('a question is written down by the system')
  const message = { ticket_id: input.ticket_id, message_id: newId() }
  await ctx.tx
    .insertInto('messages')
    .values({
      ticket_id: input.ticket_id,
      id: message.message_id,
      direction: 'note',
      channel: 'email',
      author_id: input.author_id,
      text: plainText(input.text),
      at: ctx.now,
      leaves_at: ctx.now,
    })
    .execute()
  await keepAttachments(ctx, [{ ...message, attachments: input.attachments }])
  await record(ctx, 'message.noted', { ticket_id: input.ticket_id, about: { message_id: message.message_id } })
  return message
}
