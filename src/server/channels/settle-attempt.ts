import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import type { DueMessage } from './claim-due.ts'
import type { Attempt } from './send-mail.ts'

/** Minutes until the next attempt; after the last of these every hour. */
const BACK_OFF_MINUTES = [1, 5, 15, 60]
const GIVE_UP_AFTER_DAYS = 3
const DAY_MS = 86_400_000

/**
 * Writes what became of one attempt. Only the attempt that holds the row may write: one that was thought dead and woke up changes
 * nothing. After three days of trying, or at once when the relay says never, it is `failed` and a fact says so.
 */
export async function settleAttempt(ctx: Writing, message: DueMessage, attempt: Attempt): Promise<void> {
  const tried_long = ctx.now.getTime() - message.not_before.getTime() > GIVE_UP_AFTER_DAYS * DAY_MS
  const state =
    attempt.state === 'later'
      ? tried_long
        ? 'failed'
        : 'waiting'
      : attempt.state === 'refused'
        ? 'failed'
        : attempt.state
  const minutes = BACK_OFF_MINUTES[message.attempts - 1] ?? BACK_OFF_MINUTES.at(-1)!
  const { rows } = await sql<{ id: string }>`update outbox set state = ${state}::text, lease_until = null,
      last_error = ${'error' in attempt ? attempt.error : null}::text,
      next_attempt_at = case when ${state}::text = 'waiting' then ${ctx.now}::timestamptz + make_interval(mins => ${minutes}::int) end,
      sent_at = case when ${state}::text = 'sent' then ${ctx.now}::timestamptz end
    where id = ${message.id}::uuid and state = 'sending' and attempts = ${message.attempts}::int returning id`.execute(
    ctx.tx,
  )
  if (state === 'failed' && rows.length > 0) await recordFailed(ctx, [{ id: message.id, about_id: message.about_id }])
}

export interface DeliveryReport {
  /** Message-ID of a mail of ours, without angle brackets. */
  mail_id: string
  state: 'failed' | 'delivered'
  /** Enhanced status such as 5.1.1, where the report names one. */
  status: string | null
}

/** What a mail host reported later about mails that had been sent. A final state stays. Answers how many rows changed. */
export async function noteDeliveryReports(ctx: Writing, reports: readonly DeliveryReport[]): Promise<number> {
  if (reports.length === 0) return 0
  const { rows } = await sql<{ id: string; about_id: string | null; state: string }>`update outbox o
    set state = r.state, last_error = case when r.state = 'failed' then coalesce(r.status, 'reported') else o.last_error end
    from jsonb_to_recordset(${JSON.stringify(reports)}::jsonb) as r (mail_id text, state text, status text)
    where o.mail_id = r.mail_id and o.state = 'sent'
    returning o.id, o.about_id, o.state`.execute(ctx.tx)
  await recordFailed(
    ctx,
    rows.filter((row) => row.state === 'failed'),
  )
  return rows.length
}

const recordFailed = (ctx: Writing, rows: readonly { id: string; about_id: string | null }[]) =>
  recordAll(
    ctx,
    rows.map(({ id, about_id }) => ({
      kind: 'outbox.failed',
      ...(about_id ? { ticket_id: about_id } : {}),
      about: { outbox_id: id },
    })),
  )
