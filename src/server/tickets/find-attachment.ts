import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'

/** What a file is called and which blob holds it; `not_found` unless the actor sees its message. Records the look (`file.seen`). */
export async function findAttachment(
  ctx: Reading,
  { ticket_id, id }: { ticket_id: string; id: string },
): Promise<{ id: string; name: string; type: string; size: number; sha256: string }> {
  const { rows } = await sql<{
    id: string
    name: string
    type: string
    size: number
    sha256: string
  }>`select id, name, type, size, sha256 from attachments
    where ticket_id = ${ticket_id}::uuid and id = ${id}::uuid`.execute(ctx.db)
  const file = rows[0] ?? refuse('not_found', 'ticket.attachment')
  seen(ctx, 'file.seen', { ticket_id, about: { attachment_id: file.id } })
  return file
}
