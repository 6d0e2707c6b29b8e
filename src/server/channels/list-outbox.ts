import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading, Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { record, recordAll } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import { maySend } from './send-mail.ts'
import { textChannels } from './texts/adapter.ts'
import { textLines } from './texts/gateways.ts'
import { channelOf } from './texts/read-gateways.ts'

export const deliveryStates = [
  'waiting',
  'sending',
  'sent',
  'kept',
  'delivered',
  'failed',
  'muted',
  'cancelled',
] as const
export type DeliveryState = (typeof deliveryStates)[number]

export const outboxChannels = ['email', ...textChannels] as const
export type OutboxChannel = (typeof outboxChannels)[number]

/** One recipient of one message. */
export interface OutboxRow {
  id: string
  channel: string
  kind: string
  recipient: string
  subject: string
  ticket: { id: string; number: string | null } | null
  state: DeliveryState
  attempts: number
  next_attempt_at: Date | null
  /** A code such as `origin_is_local`, or the first line of what the other side answered. */
  last_error: string | null
  created_at: Date
  sent_at: Date | null
  /** A text: which gateway took it, and what was reported of it. */
  gateway: string | null
  delivered_at: Date | null
  read_at: Date | null
}

const LIMIT = 50
const LIMIT_MAX = 200

export interface OutboxQuestion {
  state?: DeliveryState | undefined
  channel?: OutboxChannel | undefined
  /** Only texts of which nobody knows whether they went, so that somebody decides whether they go again. */
  undecided?: boolean | undefined
  /** `next` of the page before. */
  cursor?: string | undefined
  limit?: number | undefined
}

/** What went out or is to go out, newest first, one row a recipient. Row-level security says whose. */
export async function listOutbox(
  ctx: Reading,
  question: OutboxQuestion = {},
): Promise<{ items: OutboxRow[]; next: string | null }> {
  const limit = Math.min(Math.max(question.limit ?? LIMIT, 1), LIMIT_MAX)
  if (question.cursor !== undefined && !isId(question.cursor))
    refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  const { rows } = await sql<OutboxRow>`select ${columns} from outbox
    where (${question.state ?? null}::text is null or state = ${question.state ?? null}::text)
      and (${question.channel ?? null}::text is null or channel = ${question.channel ?? null}::text)
      and (not ${question.undecided ?? false}::boolean or (state = 'waiting' and last_error = 'undecided'))
      and (${question.cursor ?? null}::uuid is null or id < ${question.cursor ?? null}::uuid)
    order by id desc limit ${limit + 1}`.execute(ctx.db)
  seen(ctx, 'outbox.listed')
  return {
    items: rows.slice(0, limit).map((row) => maskedIn(row, ['subject'])),
    next: rows.length > limit ? rows[limit - 1]!.id : null,
  }
}

/** The end of a link of ours that opens something for whoever has it: platform/secrets.ts, randomToken. */
const SECRET = /(?<=\/)[a-z2-7]{32}(?![a-z0-9])/g

/**
 * One row with its text, as it was or will be sent, but without what its links open: whoever looked could otherwise come in as its reader,
 * choose their password, or answer and rate as the requester. Where nothing may leave, the links stay: then this page is their only way.
 * Refuses `not_found`. Records the look (`outbox.seen`).
 */
export async function seeOutboxRow(ctx: Reading, id: string): Promise<SeenOutboxRow> {
  if (!isId(id)) refuse('not_found', 'outbox')
  const { rows } =
    await sql<SeenOutboxRow>`select ${columns}, text, mail_id, options -> 'sent_template' ->> 'name' as template,
      (select nullif(count(*), 0)::int from outbox_parts p where p.outbox_id = outbox.id) as parts
    from outbox where id = ${id}::uuid`.execute(ctx.db)
  const row = rows[0] ?? refuse('not_found', 'outbox')
  seen(ctx, 'outbox.seen', { ...(row.ticket ? { ticket_id: row.ticket.id } : {}), about: { outbox_id: id } })
  const text = mayLeave(ctx.app.settings, row.channel) ? row.text.replace(SECRET, '••••') : row.text
  return maskedIn({ ...row, text }, ['subject', 'text'])
}

export interface SeenOutboxRow extends OutboxRow {
  text: string
  mail_id: string | null
  /** The template of WhatsApp that went instead of the words. */
  template: string | null
  /** In how many parts a gateway took it. */
  parts: number | null
}

/** Whether anything can leave by this channel at all. */
const mayLeave = (settings: App['settings'], channel: string): boolean =>
  channel === 'email' ? maySend(settings) : textLines(settings).some((line) => channelOf(line) === channel)

/** Sends a failed, kept or muted message once more, or one that may have gone, by somebody's decision. Refuses `not_found`, and `conflict` in every other state. */
export async function retryMessage(ctx: Writing, { id }: { id: string }): Promise<void> {
  const row = await seeOutboxRow(ctx, id)
  must(ctx.actor, 'outbox.retry')
  const { numAffectedRows } =
    await sql`update outbox set state = 'waiting', attempts = 0, last_error = null, lease_until = null,
      not_before = ${ctx.now}::timestamptz, next_attempt_at = ${ctx.now}::timestamptz
    where id = ${id}::uuid and (state in ('failed', 'kept', 'muted') or (state = 'waiting' and last_error = 'undecided'))`.execute(
      ctx.tx,
    )
  if (Number(numAffectedRows ?? 0) === 0) refuse('conflict', 'outbox_retry')
  await record(ctx, 'outbox.retried', { ...(row.ticket ? { ticket_id: row.ticket.id } : {}), about: { outbox_id: id } })
}

const ALL_MAX = 500

/**
 * Sends every text that may have gone once more, oldest first, by somebody's decision: after a gateway hung there are many. Those that the actor sees, at most
 * 500. Refuses `conflict` where there is none.
 */
export async function retryUndecided(ctx: Writing): Promise<void> {
  must(ctx.actor, 'outbox.retry')
  const { rows } = await sql<{
    id: string
    about_id: string | null
  }>`update outbox set state = 'waiting', attempts = 0, last_error = null,
      lease_until = null, not_before = ${ctx.now}::timestamptz, next_attempt_at = ${ctx.now}::timestamptz
    where id in (select id from outbox where state = 'waiting' and last_error = 'undecided' order by id limit ${ALL_MAX}::int)
      and state = 'waiting' and last_error = 'undecided' returning id, about_id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'outbox_retry')
  await recordAll(
    ctx,
    rows.map(({ id, about_id }) => ({
      kind: 'outbox.retried' as const,
      ...(about_id ? { ticket_id: about_id } : {}),
      about: { outbox_id: id },
    })),
  )
}

const columns = sql`id, channel, kind, recipient, subject, state, attempts,
  case when state in ('waiting', 'sending') then next_attempt_at end as next_attempt_at, last_error, created_at, sent_at,
  gateway, delivered_at, read_at,
  case when about_id is not null then json_build_object('id', about_id, 'number', about_number::text) end as ticket`
