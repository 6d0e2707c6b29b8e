import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { boundsOf, isQuarter, type Quarter } from './quarters.ts'

/** What a figure counts: referrals (all, or those that nobody could take), or offers by what became of them. */
export const outcomes = [
  'referrals',
  'unmet',
  'offers',
  'accepted',
  'declined',
  'expired',
  'returned',
  'completed',
] as const
export type Outcome = (typeof outcomes)[number]

export const ListOutcomes = z.object({
  quarter: z.string().refine(isQuarter),
  outcome: z.enum(outcomes).optional(),
  province: z
    .string()
    .regex(/^\d{2}$/)
    .optional(),
  /** `none`: no topic was known. */
  topic: z.string().max(80).optional(),
  /** Whose offers: the desk of a member, partner or own unit. */
  desk: z.uuid().optional(),
  cursor: z.string().max(200).optional(),
})
export type ListOutcomes = z.infer<typeof ListOutcomes>

export interface OutcomeRow {
  /** Of the referral, or of the offer. */
  id: string
  at: Date
  ticket: { id: string; number: string; subject: string }
  province: string
  topic: { name_id: string; name_en: string } | null
  /** Who was asked; null for a referral. */
  desk: { id: string; name: string } | null
  /** Of the referral or the offer. */
  state: string
  reason_code: string | null
}

const LIMIT = 50

/**
 * The referrals or offers behind a figure, newest first, fifty at a time: counted by the same conditions as the figures (keep-figures.ts), on
 * the rows as they are today. The secretariat and administrators only. Refuses `invalid` for a cursor that is not ours.
 */
export async function listOutcomes(
  ctx: Reading,
  question: ListOutcomes,
): Promise<{ items: OutcomeRow[]; next: string | null }> {
  must(ctx.actor, 'decision.list')
  const { outcome = 'referrals', province, topic, desk, cursor } = question
  const of_offers = outcome !== 'referrals' && outcome !== 'unmet'
  const { from, until } = boundsOf(question.quarter as Quarter)
  const at = of_offers ? sql`x.offered_at` : sql`x.opened_at`
  const conditions: RawBuilder<unknown>[] = [
    sql`${at} >= ${from}::timestamptz and ${at} < ${until}::timestamptz`,
    ...(province ? [sql`x.province_code = ${province}::text`] : []),
    ...(topic ? [topic === 'none' ? sql`x.topic_code is null` : sql`x.topic_code = ${topic}::text`] : []),
    ...(of_offers ? whatBecame(outcome) : []),
    ...(outcome === 'unmet' ? [isUnmet] : []),
  ]
  if (desk)
    conditions.push(
      of_offers
        ? sql`x.desk_id = ${desk}::uuid`
        : sql`exists (select from offers y where y.referral_id = x.id and y.desk_id = ${desk}::uuid)`,
    )
  if (cursor) {
    const [moment, id] = readCursor(cursor)
    conditions.push(sql`(${at}, x.id) < (${moment}::timestamptz, ${id}::uuid)`)
  }
  const { rows } = await sql<OutcomeRow & { sort_key: string }>`with page as (
      select x.id, ${at} as at, x.ticket_id, x.province_code, x.topic_code, x.state,
        ${of_offers ? sql`x.desk_id` : sql`null::uuid`} as desk_id, ${of_offers ? sql`x.reason_code` : sql`null::text`} as reason_code
      from ${of_offers ? sql`offers` : sql`referrals`} x where ${sql.join(conditions, sql` and `)}
      order by ${at} desc, x.id desc limit ${sql.lit(LIMIT + 1)})
    select p.id, p.at, p.at::text as sort_key, p.state, p.reason_code, r.name as province,
      json_build_object('id', t.id, 'number', t.number::text, 'subject', t.subject) as ticket,
      case when w.code is not null then json_build_object('name_id', w.name_id, 'name_en', w.name_en) end as topic,
      case when d.id is not null then json_build_object('id', d.id, 'name', d.name) end as desk
    from page p join tickets t on t.id = p.ticket_id join regions r on r.code = p.province_code
    left join topics w on w.code = p.topic_code left join desks d on d.id = p.desk_id
    order by p.at desc, p.id desc`.execute(ctx.db)
  const page = rows.slice(0, LIMIT)
  const last = rows.length > LIMIT ? page.at(-1) : undefined
  return {
    items: page.map(({ sort_key: _, ...row }) => ({ ...row, ticket: maskedIn(row.ticket, ['subject']) })),
    next: last ? Buffer.from(JSON.stringify([last.sort_key, last.id])).toString('base64url') : null,
  }
}

/** What is accepted stays so in the figures when it is given back or finished. */
function whatBecame(outcome: Outcome): RawBuilder<unknown>[] {
  if (outcome === 'offers') return []
  return [
    outcome === 'accepted' ? sql`x.state in ('accepted', 'returned', 'completed')` : sql`x.state = ${outcome}::text`,
  ]
}

/** As keep-figures.ts counts unmet demand. */
const isUnmet = sql`(x.state = 'unmet' or exists (select from referral_decisions c left join desks k on k.id = c.chosen_desk_id
  where c.referral_id = x.id and coalesce(k.kind, 'secretariat') = 'secretariat'))`

function readCursor(cursor: string): [moment: string, id: string] {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const parts = /^\["(\d{4}-\d\d-\d\d [\d:.]{8,15}[+-][\d:]{2,8})","([0-9a-f-]{36})"\]$/.exec(text)
  const [moment, id] = [parts?.[1] ?? '', parts?.[2] ?? '']
  if (!isId(id) || Number.isNaN(Date.parse(moment.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))))
    refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  return [moment, id]
}

export interface ProviderOutcomes {
  desk: { id: string; name: string }
  offers: number
  accepted: number
  completed: number
  declined: number
  expired: number
  returned: number
}

const PROVIDERS_MAX = 1_000

/**
 * Each member, partner and own unit with what became of the offers of one quarter, by name; at most 1000. Declines and expiries are nobody
 * else's: the secretariat and administrators only (a provider reads its own by own-share.ts). On the rows as they are today.
 */
export async function providerOutcomes(ctx: Reading, { quarter }: { quarter: Quarter }): Promise<ProviderOutcomes[]> {
  must(ctx.actor, 'decision.list')
  const { from, until } = boundsOf(quarter)
  const { rows } =
    await sql<ProviderOutcomes>`select json_build_object('id', d.id, 'name', d.name) as desk, o.offers, o.accepted, o.completed,
      o.declined, o.expired, o.returned
    from (select desk_id, count(*)::int as offers, count(*) filter (where state in ('accepted', 'returned', 'completed'))::int as accepted,
        count(*) filter (where state = 'completed')::int as completed, count(*) filter (where state = 'declined')::int as declined,
        count(*) filter (where state = 'expired')::int as expired, count(*) filter (where state = 'returned')::int as returned
      from offers where offered_at >= ${from}::timestamptz and offered_at < ${until}::timestamptz group by desk_id) o
    join desks d on d.id = o.desk_id order by lower(d.name), d.id limit ${PROVIDERS_MAX}::int`.execute(ctx.db)
  return rows
}
