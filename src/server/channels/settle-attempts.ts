import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import type { DueMessage } from './claim-due.ts'
import { isDead, muteAddresses } from './mute-addresses.ts'
import type { Attempt } from './send-mail.ts'

/** Minutes until the next attempt; after the last of these every hour. */
const BACK_OFF_MINUTES = [1, 5, 15, 60]
/** When it is the relay that cannot be reached, everything waits for it alike. */
const RELAY_MINUTES = 1
const GIVE_UP_AFTER_DAYS = 3
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export interface Attempted {
  message: Pick<DueMessage, 'id' | 'attempts' | 'not_before' | 'about_id' | 'destination'>
  attempt: Attempt
}

/**
 * Writes what became of attempts. Only the attempt that holds the row may write: one that was thought dead and woke up changes
 * nothing. After three days of trying, or at once when the relay says never, a mail is `failed` and a fact says so; an address of which
 * the relay says that nobody lives there is muted.
 * @param held `locked`: by this very transaction, and not leased before
 */
export async function settleAttempts(
  ctx: Writing,
  attempted: readonly Attempted[],
  held: 'leased' | 'locked' = 'leased',
): Promise<void> {
  if (attempted.length === 0) return
  const results = attempted.map((one) => resultOf(ctx.now, one))
  const { rows } = await sql<{ id: string; about_id: string | null; state: string }>`with r as (
      select * from jsonb_to_recordset(${JSON.stringify(results)}::jsonb)
        as r (id uuid, attempts int, state text, error text, next_attempt_at timestamptz, tried boolean))
    update outbox o set state = r.state, lease_until = null, last_error = r.error, next_attempt_at = r.next_attempt_at,
      attempts = case when r.tried then r.attempts else r.attempts - 1 end,
      sent_at = case when r.state = 'sent' then ${ctx.now}::timestamptz end
    from r where o.id = r.id and (${held === 'locked'}::boolean or (o.state = 'sending' and o.attempts = r.attempts))
    returning o.id, o.about_id, o.state`.execute(ctx.tx)
  rows.push(...(await postponeAlike(ctx, attempted)))
  await recordAll(
    ctx,
    rows
      .filter(({ state }) => state === 'failed' || state === 'muted')
      .map(({ id, about_id, state }) => ({
        kind: state === 'failed' ? ('outbox.failed' as const) : ('outbox.muted' as const),
        ...(about_id ? { ticket_id: about_id } : {}),
        about: { outbox_id: id },
      })),
  )
  const settled = new Set(rows.map(({ id }) => id))
  await muteAddresses(
    ctx,
    attempted.flatMap(({ message, attempt }) =>
      attempt.state === 'refused' && settled.has(message.id) && isDead(attempt.status, attempt.error)
        ? [{ outbox_id: message.id, status: attempt.status! }]
        : [],
    ),
  )
}

/**
 * What is due for a destination that let us wait until a deadline shares the outcome: tried one by one, each would hold a connection as long
 * for nothing.
 */
async function postponeAlike(ctx: Writing, attempted: readonly Attempted[]) {
  const slow = attempted.flatMap(({ message, attempt }) =>
    attempt.state === 'later' && attempt.slow && !attempt.relay
      ? [{ destination: message.destination, error: attempt.error }]
      : [],
  )
  if (slow.length === 0) return []
  const { rows } = await sql<{ id: string; about_id: string | null; state: string }>`with slow as (
      select distinct on (destination) * from jsonb_to_recordset(${JSON.stringify(slow)}::jsonb) as s (destination text, error text)
      order by destination),
    alike as (
      select o.id, slow.error, o.not_before <= ${ctx.now}::timestamptz - make_interval(days => ${GIVE_UP_AFTER_DAYS}::int) as tried_long
      from slow join outbox o using (destination)
      where o.state = 'waiting' and o.channel = 'email' and o.next_attempt_at <= ${ctx.now}::timestamptz
      order by o.id for update of o skip locked)
    update outbox o set attempts = o.attempts + 1, last_error = alike.error,
      state = case when tried_long then 'failed' else 'waiting' end,
      next_attempt_at = case when not tried_long then ${ctx.now}::timestamptz
        + make_interval(mins => (${BACK_OFF_MINUTES}::int[])[least(o.attempts + 1, ${BACK_OFF_MINUTES.length}::int)]) end
    from alike where o.id = alike.id returning o.id, o.about_id, o.state`.execute(ctx.tx)
  return rows
}

function resultOf(now: Date, { message, attempt }: Attempted) {
  const { id, attempts, not_before } = message
  const tried_long = now.getTime() - not_before.getTime() > GIVE_UP_AFTER_DAYS * DAY_MS
  const error = 'error' in attempt ? attempt.error : null
  const result = { id, attempts, error, next_attempt_at: null as Date | null, tried: true }
  switch (attempt.state) {
    case 'refused':
      return { ...result, state: 'failed' }
    case 'later': {
      if (tried_long) return { ...result, state: 'failed' }
      const minutes = attempt.relay ? RELAY_MINUTES : (BACK_OFF_MINUTES[attempts - 1] ?? BACK_OFF_MINUTES.at(-1)!)
      return { ...result, state: 'waiting', next_attempt_at: new Date(now.getTime() + minutes * MINUTE_MS) }
    }
    case 'limited':
      return { ...result, state: 'waiting', error: 'limited', next_attempt_at: attempt.until, tried: false }
    case 'released':
      return { ...result, state: 'waiting', next_attempt_at: now, tried: false }
    case 'muted':
      return { ...result, state: 'muted', tried: false }
    default:
      return { ...result, state: attempt.state }
  }
}
