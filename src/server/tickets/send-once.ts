import type { Writing } from '../platform/context.ts'
import { DONE_BEFORE, doOnce, type Form } from '../platform/do-once.ts'
import { takeTurn, type Composed } from './composed.ts'
import { dropDraft } from './drafts.ts'

export interface SendOnce {
  ticket_id: string
  kind: Composed
  /** Made by the server when it showed the form; the same for every try to send it. */
  send_id: string
  /** What is sent: texts and the sums of files. What merely goes with it (who is next) does not make it another message. */
  words: Form['words']
}

/**
 * Sends what somebody wrote in a form, once (platform/do-once.ts), in turn with the saving of its draft. What was sent is a draft no
 * longer. Answers the message, or null for one that was sent before.
 * @param work writes the message; what it refuses leaves no trace, so that the form can be sent again
 */
export async function sendOnce(
  ctx: Writing,
  { ticket_id, kind, send_id, words }: SendOnce,
  work: () => Promise<{ message_id: string }>,
): Promise<{ message_id: string } | null> {
  await takeTurn(ctx, { ticket_id, kind })
  const sent = await doOnce(ctx, { form_id: send_id, name: kind, words: { ...words, ticket_id } }, work)
  if (sent === DONE_BEFORE) return null
  await dropDraft(ctx, { ticket_id, kind })
  return sent
}
