import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/**
 * A file goes from its ticket, because somebody stands in it who is to be forgotten; the message stays. As the worker's role. Answers its blob and the item of
 * the ledger in which it came; null for one that is gone, or that somebody under a legal hold sent: that stays until the hold ends.
 */
export async function removeFile(
  ctx: Writing,
  attachment_id: string,
): Promise<{ sha256: string; intake_item_id: string | null } | null> {
  const { rows } = await sql<{
    sha256: string
    intake_item_id: string | null
  }>`delete from attachments a using messages m
    where a.id = ${attachment_id}::uuid and m.ticket_id = a.ticket_id and m.id = a.message_id
      and not exists (select from legal_holds h where h.person_id = m.author_id and h.lifted_at is null)
    returning a.sha256, m.intake_item_id`.execute(ctx.tx)
  return rows[0] ?? null
}
