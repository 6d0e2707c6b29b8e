import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { record, recordAll } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'
import { lockTickets, moveTicket, type KnownTicket } from '../tickets/index.ts'
import { callOff } from './call-off.ts'
import { leaveCase, revoked } from './leave-case.ts'
import { nextCandidate } from './next-candidate.ts'
import { liveReferral, type ReferralRow } from './referral-rows.ts'

/**
 * What happens to a ticket happens to its referral: solved, closed, withdrawn, reopened, merged, called spam, handed to another desk. Re-reads the
 * rows and may run twice.
 */
export async function followTickets(app: App, jobs: readonly FactJob[]): Promise<void> {
  const ticket_ids = new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))
  const { rows } = await sql<{ ticket_id: string }>`select ticket_id from referrals
    where ticket_id = any (${[...ticket_ids]}::uuid[]) and ended_at is null order by 1 limit 1000`.execute(app.worker)
  for (const { ticket_id } of rows) await write(app, system, (ctx) => followTicket(ctx, ticket_id))
}

export async function followTicket(ctx: Writing, ticket_id: string): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  const live = ticket ? await liveReferral(ctx, ticket_id) : null
  if (!live) return
  const { rows } = await sql<{ id: string; desk_id: string }>`select id, desk_id from offers
    where ticket_id = ${ticket_id}::uuid and state = 'accepted' limit 1`.execute(ctx.db)
  if (rows[0]) await followCase(ctx, ticket!, live, rows[0])
  else await followSearch(ctx, ticket!, live)
}

/** Somebody has it. */
async function followCase(
  ctx: Writing,
  ticket: KnownTicket,
  live: ReferralRow,
  offer: { id: string; desk_id: string },
): Promise<void> {
  if (ticket.spam_at !== null) return callOff(ctx, live, { ends: true })
  switch (ticket.state) {
    case 'closed':
      // Whoever answered, and was confirmed or not contradicted, has done it; otherwise the request went away under their hands.
      return live.state === 'answered' || (await wasSolved(ctx, ticket.id))
        ? complete(ctx, ticket, live, offer)
        : callOff(ctx, live, { ends: true })
    case 'resolved':
      return become(ctx, live, 'answered')
    case 'referred':
      return (await hasAnswered(ctx, offer.id)) ? become(ctx, live, 'working') : undefined
    default:
      // "Belum teratasi", or reopened: it is with whom it was.
      await moveTicket(ctx, ticket, 'referred')
      return become(ctx, live, 'working')
  }
}

/** Nobody has it yet, or any more. */
async function followSearch(ctx: Writing, ticket: KnownTicket, live: ReferralRow): Promise<void> {
  if (ticket.spam_at !== null || ticket.state === 'resolved' || ticket.state === 'closed')
    return callOff(ctx, live, { ends: true })
  if (ticket.holder_desk_id !== live.referring_desk_id)
    await sql`update referrals set referring_desk_id = ${ticket.holder_desk_id}::uuid where id = ${live.id}::uuid`.execute(
      ctx.tx,
    )
  if ((live.state === 'offered' || live.state === 'unmet') && ticket.state !== 'referred')
    await moveTicket(ctx, ticket, 'referred')
  // Whoever should have been asked while the ticket was the requester's turn, or solved, is asked now: "offered" without an offer is nobody.
  if (live.state === 'offered') await nextCandidate(ctx, ticket.id)
}

async function become(ctx: Writing, live: ReferralRow, state: 'working' | 'answered'): Promise<void> {
  if (live.state === state) return
  await sql`update referrals set state = ${state}, state_since = ${ctx.now}::timestamptz where id = ${live.id}::uuid and ended_at is null`.execute(
    ctx.tx,
  )
}

async function complete(
  ctx: Writing,
  ticket: KnownTicket,
  live: ReferralRow,
  offer: { id: string; desk_id: string },
): Promise<void> {
  const done = await leaveCase(ctx, {
    offer_id: offer.id,
    becomes: 'completed',
    next_state: 'completed',
    person_id: null,
    as_actor: false,
  })
  const about = { referral_id: live.id, offer_id: offer.id, desk_id: offer.desk_id }
  await record(ctx, 'offer.completed', { ticket_id: ticket.id, about })
  await recordAll(ctx, [{ kind: 'referral.completed', ticket_id: ticket.id, about }, ...revoked(done)])
}

async function wasSolved(ctx: Writing, ticket_id: string): Promise<boolean> {
  const { rows } =
    await sql`select from closures where ticket_id = ${ticket_id}::uuid and reopened_at is null and reason = 'solved' limit 1`.execute(
      ctx.db,
    )
  return rows.length > 0
}

/** Their first word to the requester. */
async function hasAnswered(ctx: Writing, offer_id: string): Promise<boolean> {
  const { rows } = await sql`select from offers o join messages m on m.ticket_id = o.ticket_id and m.at >= o.answered_at
    where o.id = ${offer_id}::uuid and m.direction = 'out' and m.author_id is not null and m.taken_back_at is null limit 1`.execute(
    ctx.db,
  )
  return rows.length > 0
}
