import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

/** What a file is called and which blob holds it; `not_found` unless the actor sees its message. */
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
  return rows[0] ?? refuse('not_found', 'ticket.attachment')
}
