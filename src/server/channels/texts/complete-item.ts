import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import type { KeptFile } from '../queue-messages.ts'

/**
 * A text that stands in the ledger says more now: a file of it came later. Answers the message on the ticket with its words and its new files, or null
 * where nothing is new or there is none. Locked meanwhile, so that two do not add the same.
 * @param change what its words are now, and which files came
 */
export async function completeItem(
  ctx: Writing,
  id: string,
  change: (text: string) => { text: string; files: readonly KeptFile[] },
): Promise<{ ticket_id: string; message_id: string; text: string; attachments: readonly KeptFile[] } | null> {
  const { rows } = await sql<{
    text: string
    ticket_id: string
    message_id: string
  }>`select coalesce(text, '') as text, ticket_id,
      ticket_message_id as message_id from intake_items where id = ${id}::uuid and ticket_message_id is not null for update`.execute(
    ctx.tx,
  )
  const item = rows[0]
  if (!item) return null
  const { text, files } = change(item.text)
  if (files.length === 0) return null
  await sql`update intake_items set text = ${text}::text, attachments = attachments || ${JSON.stringify(files)}::jsonb
    where id = ${id}::uuid`.execute(ctx.tx)
  return { ticket_id: item.ticket_id, message_id: item.message_id, text, attachments: files }
}
