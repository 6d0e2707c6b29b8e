import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { answering, stepped, undoUntil, type Answered, type AnswerOffer, type Stepped } from './answering.ts'

const PEOPLE_MAX = 500

/**
 * "Terima": from now on the desk that was asked holds the request, and everybody who works there may read it and answer. Can be undone for
 * five minutes (undoAnswer). Refuses `conflict` (offer.was_STATE) when it was answered, has expired or was called off before; `not_found`,
 * `forbidden` as answering() does. Records `offer.accepted` and `grant.given` for each person.
 */
export async function acceptOffer(given: Writing, input: AnswerOffer): Promise<Answered> {
  const { ctx, offer, person_id, as_actor } = await answering(given, input)
  const undo_until = undoUntil(ctx.now)
  const grants = JSON.stringify(await grantsFor(ctx, offer))
  const { rows } = as_actor
    ? await sql<{
        answer: Stepped | null
      }>`select accept_offer_as_actor(${offer.id}::uuid, ${input.via}, ${ctx.now}::timestamptz,
        ${undo_until}::timestamptz, ${grants}::jsonb) as answer`.execute(ctx.tx)
    : await sql<{
        answer: Stepped | null
      }>`select accept_offer(${offer.id}::uuid, ${person_id}::uuid, ${input.via}, ${ctx.now}::timestamptz,
        ${undo_until}::timestamptz, ${grants}::jsonb) as answer`.execute(ctx.tx)
  const done = stepped(rows[0]?.answer)
  const { referral_id, ticket_id, desk_id } = done
  await recordAll(ctx, [
    { kind: 'offer.accepted', ticket_id, about: { referral_id, offer_id: offer.id, desk_id, via: input.via } },
    ...(done.grants ?? []).map((grant) => ({
      kind: 'grant.given' as const,
      ticket_id,
      about: { grant_id: grant.id, person_id: grant.person_id, source: 'referral', until: null },
    })),
  ])
  return { offer_id: offer.id, referral_id, ticket_id, state: 'accepted', undo_until }
}

/** One for each who works at the desk of a member or partner, or is on duty for it; a regional government's desk sees what it holds. */
async function grantsFor(ctx: Writing, { desk_id, desk_kind }: { desk_id: string; desk_kind: string }) {
  if (desk_kind !== 'provider') return []
  const { rows } = await sql<{ person_id: string }>`
    select person_id from desk_members where desk_id = ${desk_id}::uuid
    union select person_id from duty_contacts where desk_id = ${desk_id}::uuid and ended_at is null and proven_at is not null
    order by 1 limit ${PEOPLE_MAX}::int`.execute(ctx.db)
  return rows.map((row) => ({ id: newId(), ...row }))
}
