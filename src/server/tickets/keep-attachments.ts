import { sql } from 'kysely'
import { nameBlobs } from '../platform/blobs.ts'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { oneLine } from './plain-text.ts'

/** A file whose bytes `app.files.keep()` has already flushed to disk. */
export interface NewAttachment {
  name: string
  type: string
  size: number
  sha256: string
  /** By which name the HTML form of its message mentions it. */
  content_id?: string | null | undefined
}

const NAME_LENGTH_MAX = 255

/** Names the blobs and hangs them on their messages; equal content is stored once. One statement for all. */
export async function keepAttachments(
  ctx: Writing,
  messages: readonly { ticket_id: string; message_id: string; attachments?: readonly NewAttachment[] | undefined }[],
): Promise<void> {
  const rows = messages.flatMap(({ ticket_id, message_id, attachments = [] }) =>
    attachments.map(({ name, type, size, sha256, content_id }) => ({
      id: newId(),
      ticket_id,
      message_id,
      name: oneLine(name, NAME_LENGTH_MAX) || 'lampiran',
      type: oneLine(type, NAME_LENGTH_MAX) || 'application/octet-stream',
      size,
      sha256,
      content_id: content_id ? oneLine(content_id, NAME_LENGTH_MAX) : null,
    })),
  )
  if (rows.length === 0) return
  // Two statements: a foreign key is checked at the end of each, and the blob's row must be there.
  await nameBlobs(
    sql`select sha256, size, type from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as a (sha256 text, size bigint, type text)`,
  ).execute(ctx.tx)
  await sql`insert into attachments (id, ticket_id, message_id, name, type, size, sha256, content_id)
    select id, ticket_id, message_id, name, type, size, sha256, content_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as a (id uuid, ticket_id uuid, message_id uuid, name text, type text, size bigint, sha256 text, content_id text)`.execute(
    ctx.tx,
  )
}
