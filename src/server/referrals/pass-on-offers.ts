import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { eachAlone } from '../platform/each-alone.ts'
import { record } from '../platform/journal.ts'
import { lockTickets } from '../tickets/index.ts'
import { nextCandidate } from './next-candidate.ts'

const OFFERS_MAX = 500

/** Of the desk `d`: a member or partner whose standing counts now (decide.ts: standing), or an own-unit desk that is confirmed. */
const stands = sql`case d.kind
  when 'provider' then exists (select from affiliations a where a.desk_id = d.id and a.suspended_at is null and a.ended_at is null
    and a.starts_at <= now() and (a.ends_at is null or a.ends_at > now()))
  when 'own_unit' then d.confirmed_at is not null
  else true end`
/** Of the offer `f`: nobody may be asked with the data of whoever asks (privacy: restriction). */
const restricted = sql`exists (select from tickets t where t.id = f.ticket_id and is_restricted(t.requester_id))`

/**
 * Whoever was suspended, or is member or partner no more, is not waited for: each open offer of theirs is called off and the next one is
 * asked; the request of somebody whose data were restricted meanwhile goes back to its desk. Cases that they accepted stay. Follows from
 * `affiliation.suspended` and `.ended`, and comes round each minute, because an offer may have been decided in the moment before; safe to run
 * twice. Answers how many were passed on. Records `offer.cancelled`.
 */
export async function passOnOffers(app: App): Promise<number> {
  const { rows } = await sql<{
    id: string
    ticket_id: string
  }>`select f.id, f.ticket_id from offers f join desks d on d.id = f.desk_id
    where f.state = 'open' and (not ${stands} or ${restricted}) order by f.id limit ${OFFERS_MAX}::int`.execute(
    app.worker,
  )
  const passed = await eachAlone(rows, (offer) => write(app, system, (ctx) => passOnOffer(ctx, offer)))
  return passed.filter(Boolean).length
}

/** One offer, and the next candidate in the same transaction. False when it was answered meanwhile, or whoever was asked stands again. */
async function passOnOffer(ctx: Writing, { id, ticket_id }: { id: string; ticket_id: string }): Promise<boolean> {
  await lockTickets(ctx, [ticket_id])
  const { rows } = await sql<{ referral_id: string; desk_id: string }>`update offers f set state = 'cancelled',
      answered_at = ${ctx.now}::timestamptz, ended_at = ${ctx.now}::timestamptz
    from desks d where f.id = ${id}::uuid and f.state = 'open' and d.id = f.desk_id and (not ${stands} or ${restricted})
    returning f.referral_id, f.desk_id`.execute(ctx.tx)
  const [offer] = rows
  if (!offer) return false
  await record(ctx, 'offer.cancelled', { ticket_id, about: { ...offer, offer_id: id } })
  await nextCandidate(ctx, ticket_id)
  return true
}
