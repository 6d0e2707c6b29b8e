import type { Readable } from 'node:stream'
import { Readable as Stream } from 'node:stream'
import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { maskedIn, maskedNames } from '../platform/mask-nik.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import type { SenderCheck } from './email/index.ts'
import type { Outcome } from './settle-items.ts'
import type { Channel } from './take-items.ts'

/** One row of the ledger as the desk and the API show it. */
export interface Item {
  id: string
  channel: Channel
  received_at: Date
  /** Null only while it waits to be read. */
  outcome: Outcome | null
  reason: string | null
  settled_at: Date | null
  ticket: { id: string; number: string } | null
  duplicate_of: string | null
  possible_ticket: { id: string; number: string } | null
  message_id: string | null
  sender: { name: string; address: string }
  recipients: string[]
  subject: string | null
  text: string | null
  attachments: { name: string; type: string; size: number; sha256: string }[]
  /** What checking its sender found; null where there was nothing to check. */
  authentication: SenderCheck | null
  size: number
  sha256: string
}

const LIST_TEXT_LENGTH_MAX = 500
const LIMIT = 50
const LIMIT_MAX = 200

export interface ItemQuestion {
  outcome?: Outcome | 'waiting' | undefined
  channel?: Channel | undefined
  /** `next` of the page before. */
  cursor?: string | undefined
  limit?: number | undefined
}

/** What came in, newest first; the text is cut at 500 characters. Row-level security says whose. */
export async function listItems(
  ctx: Reading,
  question: ItemQuestion = {},
): Promise<{ items: Item[]; next: string | null }> {
  const limit = Math.min(Math.max(question.limit ?? LIMIT, 1), LIMIT_MAX)
  if (question.cursor !== undefined && !isId(question.cursor))
    refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  const { rows } = await sql<Item>`select ${columns(LIST_TEXT_LENGTH_MAX)} from (select * from intake_items
    where (${question.channel ?? null}::text is null or channel = ${question.channel ?? null}::text)
      and case ${question.outcome ?? null}::text when 'waiting' then outcome is null else
        (${question.outcome ?? null}::text is null or outcome = ${question.outcome ?? null}::text) end
      and (${question.cursor ?? null}::uuid is null or id < ${question.cursor ?? null}::uuid)
    order by id desc limit ${limit + 1}) i left join intake_items o on o.id = i.duplicate_of
    order by i.id desc`.execute(ctx.db)
  seen(ctx, 'intake.listed')
  return {
    items: rows.slice(0, limit).map(withoutNik),
    next: rows.length > limit ? rows[limit - 1]!.id : null,
  }
}

/** One item with its whole text. Refuses `not_found`. Records the look (`intake.seen`). */
export async function seeItem(ctx: Reading, id: string): Promise<Item> {
  if (!isId(id)) refuse('not_found', 'item')
  const { rows } = await sql<Item>`select ${columns(null)} from intake_items i
    left join intake_items o on o.id = i.duplicate_of where i.id = ${id}::uuid`.execute(ctx.db)
  const item = rows[0] ?? refuse('not_found', 'item')
  seen(ctx, 'intake.seen', { ...(item.ticket ? { ticket_id: item.ticket.id } : {}), about: { item_id: id } })
  return withoutNik(item)
}

const withoutNik = (item: Item): Item => ({
  ...maskedIn(item, ['subject', 'text']),
  attachments: maskedNames(item.attachments),
})

/** The bytes as received. Refuses `not_found`. To be served as an attachment only. */
export async function rawItem(ctx: Reading, id: string): Promise<{ bytes: Readable; size: number; sha256: string }> {
  if (!isId(id)) refuse('not_found', 'item')
  const item = await ctx.db
    .selectFrom('intake_items')
    .select(['raw', 'in_blob', 'size', 'sha256', 'ticket_id'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!item) refuse('not_found', 'item')
  // Forgotten, or older than bytes are kept: the row is still there.
  if (!item.raw && !item.in_blob) refuse('not_found', 'item')
  const bytes = item.raw ? Stream.from([item.raw]) : await ctx.app.files.read(item.sha256)
  seen(ctx, 'intake.raw_seen', { ...(item.ticket_id ? { ticket_id: item.ticket_id } : {}), about: { item_id: id } })
  return { bytes, size: item.size, sha256: item.sha256 }
}

/** A duplicate is never read by itself: it has the bytes of the first one (`o`), so its sender and words are that one's, where one sees it. */
const columns = (
  text_max: number | null,
) => sql`i.id, i.channel, i.received_at, i.outcome, i.reason, i.settled_at, i.duplicate_of,
  coalesce(i.message_id, o.message_id) as message_id,
  case when i.ticket_id is not null then json_build_object('id', i.ticket_id, 'number', i.ticket_number::text) end as ticket,
  case when i.possible_ticket_id is not null
    then json_build_object('id', i.possible_ticket_id, 'number', i.possible_ticket_number::text) end as possible_ticket,
  json_build_object('name', coalesce(i.sender_name, o.sender_name, ''),
    'address', coalesce(i.sender_address, o.sender_address, i.envelope_from, '')) as sender,
  i.recipients, coalesce(i.subject, o.subject) as subject,
  ${text_max === null ? sql`coalesce(i.text, o.text)` : sql`left(coalesce(i.text, o.text), ${text_max}::int)`} as text,
  coalesce(o.attachments, i.attachments) as attachments, i.authentication, i.size, i.sha256`
