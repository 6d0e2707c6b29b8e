import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** As much as the column takes; what is longer is read in its text form. */
const HTML_LENGTH_MAX = 1_000_000

/** Keeps the harmless HTML forms of messages beside their texts. One statement for all. */
export async function keepHtmls(
  ctx: Writing,
  htmls: readonly { ticket_id: string; message_id: string; html: string; remote_images: number }[],
): Promise<void> {
  const rows = htmls.filter(({ html }) => html !== '' && html.length <= HTML_LENGTH_MAX)
  if (rows.length === 0) return
  await sql`insert into message_htmls (ticket_id, message_id, html, remote_images)
    select ticket_id, message_id, html, remote_images from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as h (ticket_id uuid, message_id uuid, html text, remote_images int)
    on conflict do nothing`.execute(ctx.tx)
}
