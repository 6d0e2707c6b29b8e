import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { refuse } from '../platform/refusal.ts'

/** An offer as whoever was asked sees it: nothing here names anybody before it is accepted. */
export interface OfferRow {
  id: string
  referral_id: string
  /** Only after acceptance; null before. */
  ticket: { id: string; number: string; subject: string; state: string } | null
  desk: { id: string; name: string; time_zone: string }
  organisation: { id: string; name: string } | null
  code: string
  kind: 'free' | 'paid'
  region: { code: string; name: string }
  topic: { code: string; name_id: string; name_en: string } | null
  urgency: string | null
  state: 'open' | 'accepted' | 'declined' | 'expired' | 'cancelled' | 'returned' | 'completed'
  summary: string
  /** What the requester sent with it: how many bytes of what, without names. */
  files: { type: string; size: number }[]
  offered_at: Date
  due_at: Date
  remind_at: Date | null
  answered_at: Date | null
  /** Whoever answered; null where the name may not be seen. */
  answered_by: { id: string; name: string } | null
  answered_via: string | null
  reason_code: string | null
  reason_words: string | null
  undo_until: Date | null
  ended_at: Date | null
}

export interface ListOffers {
  desk_ids: readonly string[]
  /** `live`: open and accepted. `past`: everything that came to an end. */
  which?: 'open' | 'mine' | 'live' | 'past' | 'all'
  /** The last row of the page before: its time and id. */
  before?: { offered_at: Date; id: string } | undefined
  limit?: number
}

const OFFERS_MAX = 200
const statesOf = {
  open: ['open'],
  mine: ['accepted'],
  live: ['open', 'accepted'],
  past: ['declined', 'expired', 'cancelled', 'returned', 'completed'],
  all: ['open', 'accepted', 'declined', 'expired', 'cancelled', 'returned', 'completed'],
} as const

const COLUMNS = sql`o.id, o.referral_id,
    (select json_build_object('id', t.id, 'number', t.number::text, 'subject', t.subject, 'state', t.state) from tickets t
       where t.id = o.ticket_id and o.state in ('accepted', 'completed')) as ticket,
    json_build_object('id', d.id, 'name', d.name, 'time_zone', d.time_zone) as desk,
    (select json_build_object('id', g.id, 'name', g.name) from organisations g where g.id = o.organisation_id) as organisation,
    o.code, o.kind, (select json_build_object('code', r.code, 'name', r.name) from regions r where r.code = coalesce(o.region_code, o.province_code)) as region,
    (select json_build_object('code', w.code, 'name_id', w.name_id, 'name_en', w.name_en) from topics w where w.code = o.topic_code) as topic,
    o.urgency, o.state, o.summary, o.files, o.offered_at, o.due_at, o.remind_at, o.answered_at,
    (select json_build_object('id', p.id, 'name', p.name) from people p where p.id = o.answered_by) as answered_by,
    o.answered_via, o.reason_code, o.reason_words, o.undo_until, o.ended_at`

/** The offers of desks, the newest first; as far as the actor sees them. */
export async function listOffers(ctx: Reading, question: ListOffers): Promise<OfferRow[]> {
  const { which = 'live', before, limit = 50 } = question
  const { rows } = await sql<OfferRow>`${keptPlan}select ${COLUMNS}
    from offers o join desks d on d.id = o.desk_id
    where o.desk_id = any (${[...question.desk_ids]}::uuid[]) and o.state = any (${[...statesOf[which]]}::text[])
      and (${before?.id ?? null}::uuid is null or (o.offered_at, o.id) < (${before?.offered_at ?? null}::timestamptz, ${before?.id ?? null}::uuid))
    order by o.offered_at desc, o.id desc limit ${Math.min(limit, OFFERS_MAX)}::int`.execute(ctx.db)
  return rows
}

/** One offer; `not_found` for whoever was not asked and does not work the ticket. */
export async function seeOffer(ctx: Reading, { offer_id }: { offer_id: string }): Promise<OfferRow> {
  const { rows } = await sql<OfferRow>`${keptPlan}select ${COLUMNS} from offers o join desks d on d.id = o.desk_id
    where o.id = ${offer_id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'offer.unknown')
}
