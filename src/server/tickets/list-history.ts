import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { boundBelow } from '../platform/ids.ts'
import type { FactKind } from '../platform/reactions.ts'
import { readingKinds } from '../platform/sights.ts'
import { findTicket } from './find-ticket.ts'

export interface HistoryRow {
  at: Date
  kind: FactKind
  /** Who: the name only where it may be seen; requesters are told none. */
  actor: { kind: 'system' | 'staff' | 'requester' | 'public'; name: string | null }
  /** Ids and codes as the fact holds them. */
  about: Record<string, string | number | boolean | null>
  /** The desk and the person that `about` names, for sentences such as "diserahkan ke …". */
  desk: { id: string; name: string } | null
  person: { id: string; name: string } | null
}

/** What a requester understands and may know; notes, spam and suspicions stay inside. */
const toldToRequesters = [
  'ticket.opened',
  'ticket.handed',
  'ticket.claimed',
  'ticket.reminded',
  'message.received',
  'message.sent',
  'ticket.resolved',
  'ticket.confirmed',
  'ticket.reopened',
  'ticket.closed',
  'ticket.rated',
  // Who has it; whom else one asked is not theirs to know.
  'referral.opened',
  'referral.unmet',
  'offer.accepted',
  'offer.returned',
  // Of paid work what happened, for whoever asked alone.
  'paid_need.opened',
  'paid_need.agreed',
  'paid_answer.given',
  'paid_answer.asked',
  'paid_answer.undone',
  'paid_answer.confirmed',
  'paid_need.closed',
  'paid_need.withdrawn',
  'paid_need.expired',
  'paid_need.undone',
] as const satisfies readonly FactKind[]

const HISTORY_MAX = 500

/** What happened to a ticket, oldest first, from the journal (who read it stands there too: listSeenBy); of very much the newest 500. `not_found` when unseen. */
export async function listHistory(ctx: Reading, ticket_id: string): Promise<HistoryRow[]> {
  const inside = ctx.actor.kind === 'staff' || ctx.actor.kind === 'system'
  const kinds = inside ? sql`f.kind <> all (${readingKinds}::text[])` : sql`f.kind = any (${toldToRequesters}::text[])`
  // What was taken back, or may still be, was never said; and what Pandu said by itself (that there is news of paid work, who has the
  // request) was answered by nobody: what happened stands beside it. Asked of what was found, once, not in the filter of each month's part.
  const said = sql`(f.kind <> 'message.sent' or exists (select from messages m where m.ticket_id = f.ticket_id
      and m.id = (f.about->>'message_id')::uuid and m.taken_back_at is null and m.leaves_at <= ${ctx.now}::timestamptz and m.author_id is not null))
    and (f.kind not like 'paid%' or exists (select from tickets t where t.id = ${ticket_id}::uuid and t.requester_id = (select actor_person())))`
  const { rows } = await sql<HistoryRow>`${keptPlan}with last as (
      -- Cast here: in the join, the cast would keep PostgreSQL from looking people up one by one, because it could leak.
      select f.*, (f.about->>'desk_id')::uuid as desk_id, (f.about->>'person_id')::uuid as person_id from facts f
        where f.ticket_id = ${ticket_id}::uuid and f.id >= ${boundBelow(ticket_id)}::uuid and ${kinds} order by f.at desc, f.id desc limit ${HISTORY_MAX})
    select f.at, f.kind, f.about, json_build_object('kind', f.actor_kind, 'name', ${inside ? sql`actor.name` : sql`null::text`}) as actor,
      case when desk.id is not null then json_build_object('id', desk.id, 'name', desk.name) end as desk,
      ${inside ? sql`case when person.id is not null then json_build_object('id', person.id, 'name', person.name) end` : sql`null::json`} as person
    from last f
    left join desks desk on desk.id = f.desk_id
    ${inside ? sql`left join people actor on actor.id = f.actor_id left join people person on person.id = f.person_id` : sql``}
    ${inside ? sql`` : sql`where ${said}`}
    order by f.at, f.id`.execute(ctx.db)
  // Whoever sees what happened to it sees the ticket.
  if (rows.length === 0) await findTicket(ctx, ticket_id)
  return rows
}
