import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { recordAll } from '../../platform/journal.ts'
import { muteRefusedNumbers } from '../mute-addresses.ts'
import type { TextAttempt, TextOptions } from './adapter.ts'
import { REPORT_MINUTES, type ClaimedText } from './claim-texts.ts'
import { textLines } from './gateways.ts'
import { countPaid, paidPartsOf } from './paid-texts.ts'
import { applyReceipts, earlyReceipts, storable } from './note-receipts.ts'

/** What became of one attempt, or why there was none. */
export type TextOutcome =
  | TextAttempt
  /** No way out is set up for it; somebody can read it in the outbox. */
  | { state: 'kept'; error: string | null }
  /** Not to be sent to this person, and why. */
  | { state: 'muted'; error: string }
  /** It may have gone, nobody said, and nobody can be asked: it goes again only if somebody says so. A report still moves it. */
  | { state: 'undecided' }
  /** They had enough for now. */
  | { state: 'limited'; until: Date; why?: 'paid_limit' }
  /** Nothing was tried: the process ends. */
  | { state: 'released' }

export interface Settled {
  text: Pick<ClaimedText, 'id' | 'attempts' | 'not_before' | 'about_id' | 'unanswered' | 'channel' | 'text'>
  /** Which was asked; null where none was. */
  gateway: string | null
  outcome: TextOutcome
  /** What went instead of the words, where WhatsApp takes none any more. */
  template?: NonNullable<TextOptions['template']> | undefined
}

/** Minutes until the next attempt; after the last of these every hour. As mails. */
const BACK_OFF_MINUTES = [1, 5, 15, 60]
/** Whoever is away is looked for again soon; it is the line that waits longer (lines.ts). */
const AWAY_MS = 20_000
const GIVE_UP_AFTER_DAYS = 3
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** No gateway's name for a text is longer; what is, is a page that was taken for one. */
const REMOTE_ID_LENGTH_MAX = 200

/**
 * Writes what became of attempts. Only the attempt that holds the row moves it; what a gateway took is written down in any case, because its
 * reports name it. A report that overtook the answer is applied at once. After three days of trying, or at once when the gateway says never, a
 * text is `failed` and a fact says so.
 */
export async function settleTexts(ctx: Writing, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  const ids = settled.map(({ text }) => text.id)
  const results = settled.map((one) => resultOf(ctx.now, one))
  const [, { with_ids, reported }, , { rows }] = await Promise.all([
    // Rows before parts, in one order, as whoever notes receipts does.
    sql`select from outbox where id = any (${ids}::uuid[]) order by id for update`.execute(ctx.tx),
    keepParts(ctx, settled),
    forgetHandedParts(ctx, settled),
    moveSettled(ctx, results),
  ])
  await recordAll(
    ctx,
    rows.flatMap(({ id, about_id, state, undecided }) => {
      const kind = undecided
        ? ('outbox.undecided' as const)
        : state === 'failed' || state === 'muted'
          ? (`outbox.${state}` as const)
          : null
      return kind === null ? [] : [{ kind, ...(about_id ? { ticket_id: about_id } : {}), about: { outbox_id: id } }]
    }),
  )
  await muteRefusedNumbers(
    ctx,
    rows.flatMap(({ id, state }) => (state === 'failed' ? [id] : [])),
  )
  // Where nothing was reported by its gateway's name or before the answer came, there is nothing to apply.
  await applyReceipts(ctx, await earlyReceipts(ctx, with_ids), [...with_ids, ...reported])
  // Last, because every sender counts in the same row.
  await countPaid(ctx, paidParts(ctx, settled))
}

const moveSettled = (ctx: Writing, results: readonly ReturnType<typeof resultOf>[]) =>
  sql<{ id: string; about_id: string | null; state: string; undecided: boolean }>`with r as (
      select * from jsonb_to_recordset(${JSON.stringify(results)}::jsonb)
        as r (id uuid, attempts int, state text, error text, next_attempt_at timestamptz, tried boolean, gateway text, template jsonb))
    update outbox o set state = r.state, lease_until = null, last_error = r.error, next_attempt_at = r.next_attempt_at,
      attempts = case when r.tried then o.attempts else o.attempts - 1 end, gateway = coalesce(r.gateway, o.gateway),
      options = case when r.template is not null then o.options || jsonb_build_object('sent_template', r.template) else o.options end,
      sent_at = case when r.state = 'sent' then ${ctx.now}::timestamptz else o.sent_at end
    -- Whoever lost the database for a while is thought dead, and its text waits for a report; that it was taken is as good as one.
    from r where o.id = r.id and o.attempts = r.attempts
      and (o.state = 'sending' or (r.state = 'sent' and o.state = 'waiting' and o.last_error in ('unanswered', 'undecided')))
    returning o.id, o.about_id, o.state, coalesce(o.last_error = 'undecided', false) as undecided`.execute(ctx.tx)

/**
 * What a gateway took, part by part. A part that a report moved already stays where it is. Answers the texts that their gateway named by
 * names of its own, and those of which a part was reported before.
 */
async function keepParts(
  ctx: Writing,
  settled: readonly Settled[],
): Promise<{ with_ids: string[]; reported: string[] }> {
  const known = new Set<string>()
  const parts = settled.flatMap(({ text, gateway, outcome }) =>
    outcome.state !== 'accepted' || gateway === null
      ? []
      : (outcome.ids.length === 0
          ? [null]
          : outcome.ids.map((id) => (id && id.length <= REMOTE_ID_LENGTH_MAX ? storable(id) : null))
        ).map((given, index) => {
          // A gateway that calls two parts by one name can be asked about the first only.
          const remote_id = given !== null && !known.has(`${gateway} ${given}`) ? given : null
          if (remote_id !== null) known.add(`${gateway} ${remote_id}`)
          return { outbox_id: text.id, number: index + 1, gateway, remote_id }
        }),
  )
  if (parts.length === 0) return { with_ids: [], reported: [] }
  const with_ids = [...new Set(parts.filter(({ remote_id }) => remote_id !== null).map(({ outbox_id }) => outbox_id))]
  const given = JSON.stringify(parts)
  // Numbers come round again: what was called so before is over.
  const forgetting =
    with_ids.length > 0 &&
    sql`update outbox_parts p set remote_id = null
      from jsonb_to_recordset(${given}::jsonb) as g (outbox_id uuid, number int, gateway text, remote_id text)
      where p.gateway = g.gateway and p.remote_id = g.remote_id and (p.outbox_id <> g.outbox_id or p.number <> g.number)`.execute(
      ctx.tx,
    )
  const keeping = sql<{
    outbox_id: string
    reported: boolean
  }>`insert into outbox_parts as p (outbox_id, number, gateway, remote_id, handed_at, accepted_at, state, state_at)
    select outbox_id, number, gateway, remote_id,
      coalesce((select f.handed_at from outbox_parts f where f.outbox_id = g.outbox_id and f.number = 1), ${ctx.now}::timestamptz),
      ${ctx.now}::timestamptz, 'accepted', ${ctx.now}::timestamptz
    from jsonb_to_recordset(${given}::jsonb) as g (outbox_id uuid, number int, gateway text, remote_id text)
    on conflict (outbox_id, number) do update set remote_id = coalesce(excluded.remote_id, p.remote_id), gateway = excluded.gateway,
      accepted_at = excluded.accepted_at, error = case when p.state = 'handed' then null else p.error end,
      state_at = case when p.state = 'handed' then excluded.state_at else p.state_at end,
      state = case when p.state = 'handed' then 'accepted' else p.state end
    returning outbox_id, exists (select from outbox_parts r where r.outbox_id = p.outbox_id and r.state not in ('handed', 'accepted')) as reported`.execute(
    ctx.tx,
  )
  const [, { rows }] = await Promise.all([forgetting, keeping])
  return { with_ids, reported: [...new Set(rows.filter((row) => row.reported).map(({ outbox_id }) => outbox_id))] }
}

/** What may have gone is paid as well. */
function paidParts(ctx: Writing, settled: readonly Settled[]): number {
  const lines = new Map(textLines(ctx.app.settings).map((line) => [line.name, line]))
  return settled
    .filter(({ outcome }) => outcome.state === 'accepted' || outcome.state === 'unknown')
    .reduce((sum, { text, gateway, template }) => {
      const cost = lines.get(gateway ?? '')?.cost ?? null
      return sum + paidPartsOf(text, { cost, has_template: template !== undefined })
    }, 0)
}

/** Where nothing was taken, nothing may have gone: unless an attempt before it got no answer. */
async function forgetHandedParts(ctx: Writing, settled: readonly Settled[]): Promise<void> {
  const untaken = settled.filter(
    ({ outcome, gateway }) => gateway !== null && ['later', 'released', 'refused'].includes(outcome.state),
  )
  if (untaken.length === 0) return
  const [first, again] = [0, 1].map((times) =>
    untaken.filter(({ text }) => Math.min(text.unanswered, 1) === times).map(({ text }) => text.id),
  ) as [string[], string[]]
  await sql`delete from outbox_parts where outbox_id = any (${first}::uuid[]) and state = 'handed'`.execute(ctx.tx)
  await sql`update outbox_parts set error = null where outbox_id = any (${again}::uuid[]) and state = 'handed'`.execute(
    ctx.tx,
  )
}

function resultOf(now: Date, { text, gateway, outcome, template }: Settled) {
  const { id, attempts, not_before } = text
  const tried_long = now.getTime() - not_before.getTime() > GIVE_UP_AFTER_DAYS * DAY_MS
  const error = 'error' in outcome && outcome.error !== null ? storable(outcome.error) : null
  const result = { id, attempts, error, gateway, next_attempt_at: null as Date | null, tried: true }
  const inMs = (ms: number) => new Date(now.getTime() + ms)
  switch (outcome.state) {
    case 'accepted':
      return { ...result, state: 'sent', ...(template && { template }) }
    case 'refused':
      return { ...result, state: 'failed' }
    case 'later': {
      if (tried_long) return { ...result, state: 'failed' }
      const waits = { ...result, gateway: null, state: 'waiting' }
      if (outcome.after_ms !== undefined) return { ...waits, next_attempt_at: inMs(outcome.after_ms), tried: false }
      if (outcome.away) return { ...waits, next_attempt_at: inMs(AWAY_MS), tried: false }
      const minutes = BACK_OFF_MINUTES[attempts - 1] ?? BACK_OFF_MINUTES.at(-1)!
      return { ...waits, next_attempt_at: inMs(minutes * MINUTE_MS) }
    }
    case 'unknown':
      return { ...result, state: 'waiting', error: 'unanswered', next_attempt_at: inMs(REPORT_MINUTES * MINUTE_MS) }
    case 'undecided':
      return { ...result, state: 'waiting', error: 'undecided', tried: false }
    case 'limited':
      return {
        ...result,
        state: 'waiting',
        error: outcome.why ?? 'limited',
        next_attempt_at: outcome.until,
        tried: false,
      }
    case 'released':
      return { ...result, state: 'waiting', next_attempt_at: now, tried: false }
    case 'muted':
      return { ...result, state: 'muted', tried: false }
    case 'kept':
      return { ...result, state: 'kept', tried: false }
  }
}
