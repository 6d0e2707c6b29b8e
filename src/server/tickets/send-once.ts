import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTurn, type Composed } from './composed.ts'
import { dropDraft } from './drafts.ts'

export interface SendOnce {
  ticket_id: string
  kind: Composed
  /** Made by the server when it showed the form; the same for every try to send it. */
  send_id: string
  /** What is sent: texts and the sums of files. What merely goes with it (who is next) does not make it another message. */
  words: Readonly<Record<string, string | readonly string[] | null | undefined>>
}

/**
 * Sends what somebody wrote in a form, once: the same form posted again with the same words (a second click, a reload, an answer lost on
 * the way) does nothing and is told what the first one was told. Two at the same moment take turns. What was sent is a draft no longer.
 * @param work writes the message; what it refuses leaves no trace, so that the form can be sent again
 */
export async function sendOnce(
  ctx: Writing,
  { ticket_id, kind, send_id, words }: SendOnce,
  work: () => Promise<{ message_id: string }>,
): Promise<{ message_id: string | null; again: boolean }> {
  if (ctx.actor.kind !== 'staff') refuse('forbidden', 'ticket.forbidden')
  await takeTurn(ctx, { ticket_id, kind })
  const words_hash = createHash('sha256')
    .update(JSON.stringify([kind, words]))
    .digest('hex')
  const key = sql`ticket_id = ${ticket_id}::uuid and person_id = ${ctx.actor.person_id}::uuid
    and send_id = ${send_id} and words_hash = ${words_hash}`
  const { rows: first } = await sql`insert into sent_forms (ticket_id, person_id, send_id, words_hash, kind, at)
    values (${ticket_id}::uuid, ${ctx.actor.person_id}::uuid, ${send_id}, ${words_hash}, ${kind}, ${ctx.now}::timestamptz)
    on conflict do nothing returning ticket_id`.execute(ctx.tx)
  if (first.length === 0) {
    const { rows } = await sql<{ message_id: string | null }>`select message_id from sent_forms where ${key}`.execute(
      ctx.tx,
    )
    return { message_id: rows[0]?.message_id ?? null, again: true }
  }
  const { message_id } = await work()
  await sql`update sent_forms set message_id = ${message_id}::uuid where ${key}`.execute(ctx.tx)
  await dropDraft(ctx, { ticket_id, kind })
  return { message_id, again: false }
}
