import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { refuse } from '../platform/refusal.ts'

/** The harmless HTML form of a message, and the pictures that came with it. */
export interface MailForm {
  html: string
  remote_images: number
  pictures: { content_id: string; sha256: string; size: number }[]
}

const PICTURES_MAX = 50

/** Staff only; `not_found` for everybody else, for what they do not see, and for a message without an HTML form. */
export async function seeMailForm(
  ctx: Reading,
  { ticket_id, message_id }: { ticket_id: string; message_id: string },
): Promise<MailForm> {
  if (ctx.actor.kind !== 'staff') refuse('not_found', 'page')
  const { rows } = await sql<MailForm>`select h.html, h.remote_images,
      (select coalesce(json_agg(json_build_object('content_id', a.content_id, 'sha256', a.sha256, 'size', a.size) order by a.id), '[]')
       from (select * from attachments where ticket_id = h.ticket_id and message_id = h.message_id and content_id is not null
             order by id limit ${PICTURES_MAX}) a) as pictures
    from message_htmls h where h.ticket_id = ${ticket_id}::uuid and h.message_id = ${message_id}::uuid`.execute(ctx.db)
  return rows[0] ? maskedIn(rows[0], ['html']) : refuse('not_found', 'page')
}
