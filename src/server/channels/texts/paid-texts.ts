import { sql } from 'kysely'
import type { Reading, Writing } from '../../platform/context.ts'
import { recordAll } from '../../platform/journal.ts'
import { limitCatalog } from '../../platform/limit-catalog.ts'
import { momentAt } from '../../regions/index.ts'
import { segment } from '../sms/segments.ts'
import type { ClaimedText } from './claim-texts.ts'

/** Where the day and the month of the limits begin: one for the whole installation, as the bill is one. */
const ZONE = 'Asia/Jakarta'
const spans = ['day', 'month'] as const
type Span = (typeof spans)[number]

/** How many paid parts went today and this month, and how many may. */
export type PaidUse = Record<Span, { used: number; most: number }>

/**
 * What stops, in this order: from 80 percent the word that a request arrived (the secretariat is told now), from 90 percent whatever else Pandu says by itself, but
 * offers and answers about personal data, which have their time; at the limit what people wrote, which waits and is shown.
 */
const WARN_PERCENT = 80
const AUTOMATIC_PERCENT = 90

export async function seePaidUse(ctx: Reading): Promise<PaidUse> {
  const today = todayOf(ctx)
  const { rows } = await sql<{
    day: number
    month: number
    day_most: number
    month_most: number
  }>`select coalesce(sum(parts) filter (where day = ${today}::date), 0)::int as day, coalesce(sum(parts), 0)::int as month,
      coalesce((select most from set_limits where name = 'text.paid_day'), ${limitCatalog['text.paid_day'].max}::int) as day_most,
      coalesce((select most from set_limits where name = 'text.paid_month'), ${limitCatalog['text.paid_month'].max}::int) as month_most
    from paid_texts where day between date_trunc('month', ${today}::date)::date and ${today}::date`.execute(ctx.db)
  const { day, month, day_most, month_most } = rows[0]!
  return { day: { used: day, most: day_most }, month: { used: month, most: month_most } }
}

const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE })
const todayOf = ({ now }: Pick<Reading, 'now'>): string => calendar.format(now)
export const percentOf = ({ used, most }: PaidUse[Span]): number => Math.floor((used * 100) / most)

/** The span whose limit ends this text, or null. Pure. */
export function endsPaid(
  use: PaidUse,
  { automatic, after_stop, kind }: { automatic: boolean; after_stop?: boolean | undefined; kind?: string | undefined },
): Span | null {
  const most_percent =
    kind === 'acknowledgement' ? WARN_PERCENT : automatic && !after_stop && kind !== 'offer' ? AUTOMATIC_PERCENT : 100
  // The month lasts longer.
  return percentOf(use.month) >= most_percent ? 'month' : percentOf(use.day) >= most_percent ? 'day' : null
}

/** When the day or the month is over. */
export function paidAgainAt({ now }: Pick<Reading, 'now'>, span: Span): Date {
  const next = new Date(`${todayOf({ now })}T00:00:00Z`)
  if (span === 'day') next.setUTCDate(next.getUTCDate() + 1)
  else next.setUTCMonth(next.getUTCMonth() + 1, 1)
  return momentAt(ZONE, next.toISOString().slice(0, 10), '00:00')
}

/** What a text costs in paid parts: an SMS its parts, where its line is not known to be free; a template of WhatsApp one; nothing else. */
export function paidPartsOf(
  { channel, text }: Pick<ClaimedText, 'channel' | 'text'>,
  { cost, has_template }: { cost: number | null; has_template: boolean },
): number {
  if (channel === 'sms') return cost === 0 ? 0 : segment(text).parts.length
  return has_template ? 1 : 0
}

/** So many paid parts more have gone. Records `texts.paid_warned` and `texts.paid_full` once each, when these bring it there: the secretariat is told. */
export async function countPaid(ctx: Writing, parts: number): Promise<void> {
  if (parts === 0) return
  const [, use] = await Promise.all([
    sql`insert into paid_texts (day, parts) values (${todayOf(ctx)}::date, ${parts}::int)
      on conflict (day) do update set parts = paid_texts.parts + excluded.parts`.execute(ctx.tx),
    seePaidUse(ctx),
  ])
  const reached = (percent: number) =>
    spans.filter((span) => {
      const { used, most } = use[span]
      return percentOf(use[span]) >= percent && percentOf({ used: used - parts, most }) < percent
    })
  const about = (span: Span) => ({ span, percent: percentOf(use[span]), ...use[span] })
  await recordAll(ctx, [
    ...reached(WARN_PERCENT).map((span) => ({ kind: 'texts.paid_warned' as const, about: about(span) })),
    ...reached(100).map((span) => ({ kind: 'texts.paid_full' as const, about: about(span) })),
  ])
}
