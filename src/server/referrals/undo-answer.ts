import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { acceptOffer } from './accept-offer.ts'
import { answering, stepped, type Answered, type AnswerOffer, type Stepped } from './answering.ts'
import { leaveCase, revoked } from './leave-case.ts'

/**
 * Takes an acceptance or a refusal back, within five minutes: the offer is open again, at least for a quarter of an hour. A case that was given
 * back is theirs again. Whoever was asked meanwhile and has not answered is asked no more. Refuses `conflict` (offer.was_STATE) later, or when another accepted meanwhile.
 * Records `offer.reopened`, and `offer.cancelled` for the other.
 */
export async function undoAnswer(given: Writing, input: AnswerOffer): Promise<Answered> {
  const { ctx, offer, person_id, as_actor } = await answering(given, input)
  const { state } = offer
  if (state !== 'accepted' && state !== 'declined' && state !== 'returned') refuse('conflict', `offer.was_${state}`)
  const done =
    state === 'accepted'
      ? await leaveCase(ctx, { offer_id: offer.id, becomes: 'open', next_state: 'offered', person_id, as_actor })
      : await undoDecline(ctx, offer.id, as_actor)
  const { referral_id, ticket_id, desk_id } = done
  await recordAll(ctx, [
    { kind: 'offer.reopened', ticket_id, about: { referral_id, offer_id: offer.id, desk_id, via: input.via } },
    ...(done.cancelled
      ? [{ kind: 'offer.cancelled' as const, ticket_id, about: { referral_id, offer_id: done.cancelled } }]
      : []),
    ...revoked(done),
  ])
  if (state === 'returned') return acceptOffer(given, input)
  return { offer_id: offer.id, referral_id, ticket_id, state: 'open', undo_until: null }
}

async function undoDecline(ctx: Writing, offer_id: string, as_actor: boolean): Promise<Stepped> {
  const { rows } = as_actor
    ? await sql<{
        answer: Stepped | null
      }>`select undo_decline_as_actor(${offer_id}::uuid, ${ctx.now}::timestamptz) as answer`.execute(ctx.tx)
    : await sql<{
        answer: Stepped | null
      }>`select undo_decline(${offer_id}::uuid, ${ctx.now}::timestamptz) as answer`.execute(ctx.tx)
  return stepped(rows[0]?.answer)
}
