import { sql, type RawBuilder } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { eachAlone } from '../platform/each-alone.ts'
import { record, recordAll } from '../platform/journal.ts'
import { lockTickets } from '../tickets/index.ts'
import { nextCandidate } from './next-candidate.ts'

const OFFERS_MAX = 500

/** The round of each minute: what was not answered in time expires and the next one is asked; what lasts too long the secretariat sees. */
export async function expireOffers(app: App): Promise<number> {
  const { rows } = await sql<{ id: string; ticket_id: string }>`select id, ticket_id from offers
    where state = 'open' and held_since is null and due_at <= now() order by due_at, id limit ${OFFERS_MAX}::int`.execute(
    app.worker,
  )
  await write(app, system, showLong)
  const expired = await eachAlone(rows, (offer) => write(app, system, (ctx) => expireOffer(ctx, offer)))
  return expired.filter(Boolean).length
}

/** One offer, and the next candidate in the same transaction. False when it was answered, or expired by another, a moment before. */
export const expireOffer = (ctx: Writing, offer: { id: string; ticket_id: string }): Promise<boolean> =>
  expireWhere(ctx, offer, sql`held_since is null and due_at <= ${ctx.now}::timestamptz`)

/** The same for one of which nobody there could be told (send-offer.ts): `held_since` stays, and says so. */
export const expireUntold = (ctx: Writing, offer: { id: string; ticket_id: string }): Promise<boolean> =>
  expireWhere(ctx, offer, sql`held_since is not null`)

async function expireWhere(
  ctx: Writing,
  { id, ticket_id }: { id: string; ticket_id: string },
  where: RawBuilder<unknown>,
): Promise<boolean> {
  await lockTickets(ctx, [ticket_id])
  const { rows } = await sql<{
    referral_id: string
    desk_id: string
  }>`update offers set state = 'expired', answered_at = ${ctx.now}::timestamptz,
      ended_at = ${ctx.now}::timestamptz
    where id = ${id}::uuid and state = 'open' and ${where} returning referral_id, desk_id`.execute(ctx.tx)
  const [offer] = rows
  if (!offer) return false
  await record(ctx, 'offer.expired', { ticket_id, about: { ...offer, offer_id: id } })
  await nextCandidate(ctx, ticket_id)
  return true
}

/** One working day without acceptance: it also stands on the secretariat's screen. */
async function showLong(ctx: Writing): Promise<void> {
  const { rows } = await sql<{ id: string; ticket_id: string }>`update referrals set shown_at = ${ctx.now}::timestamptz
    where id in (select id from referrals where ended_at is null and accepted_at is null and shown_at is null and show_by <= ${ctx.now}::timestamptz
      order by show_by, id limit ${OFFERS_MAX}::int)
    returning id, ticket_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, ticket_id }) => ({ kind: 'referral.shown' as const, ticket_id, about: { referral_id: id } })),
  )
}
