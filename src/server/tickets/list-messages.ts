import { sql, type RawBuilder } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { partsOfFolded, type SenderCheck } from '../channels/index.ts'
import { maskedNames, maskNik } from '../platform/mask-nik.ts'
import { seen } from '../platform/sights.ts'
import { findTicket } from './find-ticket.ts'

export interface MessageRow {
  id: string
  direction: 'in' | 'out' | 'note'
  channel: string
  /** Null for what Pandu said by itself, and where the name may not be seen. */
  author: { id: string; name: string } | null
  /** What was written now. */
  text: string
  /** What it repeats of earlier messages, and what stands under every mail of its author; both are shown folded. */
  quoted_text: string | null
  signature_text: string | null
  /** An identity number in it, or in the name of a file, is blotted out. */
  masked: boolean
  at: Date
  /** Until then it can be taken back. */
  leaves_at: Date
  taken_back_at: Date | null
  attachments: { id: string; name: string; type: string; size: number; sha256: string }[]
  /** Its HTML form can be shown, and so many pictures in it stand elsewhere; null where it has none. */
  html: { remote_images: number } | null
  /** The ticket that it had opened, before somebody put it here. */
  moved_from: { number: string } | null
  /** What checking its sender found; null for requesters and where there was nothing to check. */
  authentication: SenderCheck | null
  /** One for each mail; empty for requesters, and where nobody has a mail address. */
  deliveries: {
    id: string
    channel: string
    recipient: string
    state: string
    last_error: string | null
    not_before: string
  }[]
}

export interface ListMessages {
  /** Only this one. */
  id?: string
  /** Only what came before this one. */
  before?: string
  /** The newest so many; default and most: 500. */
  limit?: number
  /** The message that a colleague asks to see with its identity numbers; recorded (`nik.seen`). */
  unmask?: string | undefined
}

const MESSAGES_MAX = 500

/**
 * The conversation, oldest first; of a very long one the newest 500, or those before a known one. Requesters see neither notes nor what has not left yet or was
 * taken back. `not_found` for a ticket that the actor does not see. Records the look (`ticket.seen`).
 */
export async function listMessages(
  ctx: Reading,
  ticket_id: string,
  { id, before, limit = MESSAGES_MAX, unmask }: ListMessages = {},
): Promise<MessageRow[]> {
  const sees_unsent = ctx.actor.kind === 'staff' || ctx.actor.kind === 'system'
  // Behind the wall a requester finds nothing there; a question that is not asked need not be started either.
  const inside = (question: RawBuilder<unknown>, nothing: RawBuilder<unknown>) => (sees_unsent ? question : nothing)
  const { rows } = await sql<MessageRow>`${keptPlan}with last as (
      select * from messages where ticket_id = ${ticket_id}::uuid
        and (${sees_unsent}::boolean or (direction <> 'note' and taken_back_at is null and leaves_at <= ${ctx.now}::timestamptz))
        -- What was put here by mistake was never said here.
        and not (moved_from is not null and taken_back_at is not null)
        and (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)
        and (${before ?? null}::uuid is null
          or (at, id) < (select b.at, b.id from messages b where b.ticket_id = ${ticket_id}::uuid and b.id = ${before ?? null}::uuid))
      order by at desc, id desc limit ${Math.min(limit, MESSAGES_MAX)}::int)
    select m.id, m.direction, m.channel, m.text, m.quoted_text, m.at, m.leaves_at, m.taken_back_at,
      case when author.id is not null then json_build_object('id', author.id, 'name', author.name) end as author,
      (select coalesce(json_agg(json_build_object('id', a.id, 'name', a.name, 'type', a.type, 'size', a.size, 'sha256', a.sha256)
         order by a.id), '[]') from attachments a where a.ticket_id = m.ticket_id and a.message_id = m.id) as attachments,
      (select json_build_object('remote_images', h.remote_images) from message_htmls h
         where h.ticket_id = m.ticket_id and h.message_id = m.id) as html,
      ${inside(sql`(select json_build_object('number', f.number::text) from tickets f where f.id = m.moved_from)`, sql`null`)} as moved_from,
      ${inside(sql`(select i.authentication from intake_items i where i.id = m.intake_item_id)`, sql`null`)} as authentication,
      ${inside(deliveries, sql`'[]'::json`)} as deliveries
    from last m left join people author on author.id = m.author_id
    order by m.at, m.id`.execute(ctx.db)
  // Whoever sees a message of it sees the ticket.
  if (rows.length === 0) await findTicket(ctx, ticket_id)
  seen(ctx, 'ticket.seen', { ticket_id })
  return rows.map((row) => {
    const parts = partsOfFolded(row.text, row.quoted_text)
    const hidden = withoutNik(parts)
    const attachments = maskedNames(row.attachments)
    const masked =
      hidden.text !== parts.text ||
      hidden.quoted_text !== parts.quoted_text ||
      attachments.some(({ name }, index) => name !== row.attachments[index]!.name)
    if (!masked || row.id !== unmask || ctx.actor.kind !== 'staff') return { ...row, ...hidden, attachments, masked }
    seen(ctx, 'nik.seen', { ticket_id, about: { message_id: row.id } })
    return { ...row, ...parts, masked: false }
  })
}

const deliveries = sql`(select coalesce(json_agg(json_build_object('id', o.id, 'channel', o.channel, 'recipient', o.recipient, 'state', o.state, 'last_error', o.last_error,
  'not_before', o.not_before) order by o.id), '[]') from outbox o where o.message_id = m.id)`

const withoutNik = (parts: ReturnType<typeof partsOfFolded>) => ({
  text: maskNik(parts.text),
  quoted_text: parts.quoted_text && maskNik(parts.quoted_text),
  signature_text: parts.signature_text && maskNik(parts.signature_text),
})
