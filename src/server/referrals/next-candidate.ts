import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { eachAlone } from '../platform/each-alone.ts'
import { record } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'
import { lockTickets, moveTicket, stateAfter, type KnownTicket } from '../tickets/index.ts'
import { offerNext } from './offer-next.ts'
import { liveReferral, type ReferralRow } from './referral-rows.ts'

/** After a refusal or a return: the next one is asked by itself. Safe to run twice: an open offer is not asked beside. */
export async function askNextCandidates(app: App, jobs: readonly FactJob[]): Promise<void> {
  const ticket_ids = new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))
  await eachAlone(ticket_ids, (ticket_id) => write(app, system, (ctx) => nextCandidate(ctx, ticket_id)))
}

/** In the caller's transaction. Nothing happens where nobody has to be asked: accepted meanwhile, called off, one is asked already. */
export async function nextCandidate(ctx: Writing, ticket_id: string): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  const live = ticket ? await liveReferral(ctx, ticket_id) : null
  if (live?.state !== 'offered' || ticket!.state !== 'referred') return
  const { rows } =
    await sql`select from offers where ticket_id = ${ticket_id}::uuid and state in ('open', 'accepted') limit 1`.execute(
      ctx.db,
    )
  if (rows.length > 0) return
  if (await isRestricted(ctx, ticket_id)) await giveToDesk(ctx, ticket!, live)
  else await offerNext(ctx, live)
}

/** Whether the data of whoever asks may not be used for referrals (privacy: restriction). */
export async function isRestricted(ctx: Writing, ticket_id: string): Promise<boolean> {
  const { rows } = await sql<{
    restricted: boolean
  }>`select is_restricted(requester_id) as restricted from tickets where id = ${ticket_id}::uuid`.execute(ctx.db)
  return rows[0]?.restricted ?? false
}

/** Nobody else is asked; the desk that has it answers itself, and the secretariat sees it. Records `referral.shown`. */
async function giveToDesk(ctx: Writing, ticket: KnownTicket, { id, ticket_id, shown_at }: ReferralRow): Promise<void> {
  await sql`update referrals set state = 'returned', state_since = ${ctx.now}::timestamptz, shown_at = coalesce(shown_at, ${ctx.now}::timestamptz)
    where id = ${id}::uuid`.execute(ctx.tx)
  await moveTicket(ctx, ticket, stateAfter('recall', ticket.state)!)
  if (shown_at === null) await record(ctx, 'referral.shown', { ticket_id, about: { referral_id: id } })
}
