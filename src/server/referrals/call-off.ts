import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { leaveCase, revoked } from './leave-case.ts'
import type { ReferralRow } from './referral-rows.ts'

/**
 * Nobody is asked any more: an open offer is called off, an accepted case goes back to the desk that had referred it, and the referral ends
 * (`ends`) or waits for the next offer. The ticket is locked by the caller. Records `offer.cancelled`, `referral.withdrawn`, `grant.revoked`.
 */
export async function callOff(ctx: Writing, referral: ReferralRow, { ends }: { ends: boolean }): Promise<void> {
  const { id: referral_id, ticket_id } = referral
  const { rows } = await sql<{ id: string; desk_id: string; state: string }>`select id, desk_id, state from offers
    where referral_id = ${referral_id}::uuid and state in ('open', 'accepted') limit 1`.execute(ctx.tx)
  const [offer] = rows
  const person_id = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const grants =
    offer?.state === 'accepted'
      ? revoked(
          await leaveCase(ctx, {
            offer_id: offer.id,
            becomes: 'cancelled',
            next_state: ends ? 'withdrawn' : 'offered',
            person_id,
            as_actor: ctx.actor.kind !== 'system',
          }),
        )
      : []
  if (offer?.state === 'open')
    await sql`update offers set state = 'cancelled', answered_at = ${ctx.now}::timestamptz, ended_at = ${ctx.now}::timestamptz
      where id = ${offer.id}::uuid and state = 'open'`.execute(ctx.tx)
  if (ends)
    await sql`update referrals set state = 'withdrawn', state_since = ${ctx.now}::timestamptz, ended_at = ${ctx.now}::timestamptz
      where id = ${referral_id}::uuid and ended_at is null`.execute(ctx.tx)
  await recordAll(ctx, [
    ...(offer
      ? [
          {
            kind: 'offer.cancelled' as const,
            ticket_id,
            about: { referral_id, offer_id: offer.id, desk_id: offer.desk_id },
          },
        ]
      : []),
    ...(ends
      ? [{ kind: 'referral.withdrawn' as const, ticket_id, about: { referral_id, from_state: referral.state } }]
      : []),
    ...grants,
  ])
}
