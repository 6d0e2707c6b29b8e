import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { keepAttachments, type NewAttachment } from './keep-attachments.ts'
import { subjectOf } from './open-tickets.ts'
import { plainText } from './plain-text.ts'

export interface CompletedMessage {
  ticket_id: string
  message_id: string
  /** All of it that is there now. */
  text: string
  /** What came with it now. */
  attachments?: readonly NewAttachment[]
}

/**
 * Messages that stood with a gap say more now: a part of a long SMS came late, or a file could be fetched at last. The subject follows where it was only their beginning. Records
 * `message.completed`. For the system.
 */
export async function completeMessages(ctx: Writing, messages: readonly CompletedMessage[]): Promise<void> {
  if (ctx.actor.kind !== 'system') throw new Error('messages are completed by the system')
  if (messages.length === 0) return
  const given = messages.map(({ ticket_id, message_id, text }) => ({ ticket_id, message_id, text: plainText(text) }))
  await keepAttachments(ctx, messages)
  const { rows } = await sql<{
    ticket_id: string
    before: string
    after: string
    language: 'id' | 'en'
  }>`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (ticket_id uuid, message_id uuid, text text)),
    before as (
      select m.ticket_id, m.id, m.text, g.text as after from messages m join given g on g.ticket_id = m.ticket_id and g.message_id = m.id
      for update of m),
    changed as (
      update messages m set text = b.after from before b where m.ticket_id = b.ticket_id and m.id = b.id)
    select b.ticket_id, b.text as before, b.after, t.language from before b join tickets t on t.id = b.ticket_id`.execute(
    ctx.tx,
  )
  const subjects = rows.map(({ ticket_id, before, after, language }) => ({
    ticket_id,
    before: subjectOf(undefined, before, language),
    after: subjectOf(undefined, after, language),
  }))
  await sql`update tickets t set subject = s.after
    from jsonb_to_recordset(${JSON.stringify(subjects)}::jsonb) as s (ticket_id uuid, before text, after text)
    where t.id = s.ticket_id and t.subject = s.before`.execute(ctx.tx)
  await recordAll(
    ctx,
    messages.map(({ ticket_id, message_id }) => ({ kind: 'message.completed', ticket_id, about: { message_id } })),
  )
}
