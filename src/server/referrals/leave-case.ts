import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import type { NewFact } from '../platform/journal.ts'
import { stepped, type Stepped } from './answering.ts'

export interface Leaving {
  offer_id: string
  becomes: 'returned' | 'cancelled' | 'completed' | 'open'
  /** The referral's; `completed` and `withdrawn` end it. */
  next_state: 'offered' | 'returned' | 'completed' | 'withdrawn'
  person_id: string | null
  reason_code?: string | null
  reason_words?: string | null
  as_actor: boolean
}

/** An accepted case goes back to the desk that had referred it, and the grants it gave are taken back. Refuses as stepped() does. */
export async function leaveCase(ctx: Writing, leaving: Leaving): Promise<Stepped> {
  const { offer_id, becomes, next_state, person_id } = leaving
  const why = leaving.reason_code ?? null
  const said = leaving.reason_words ?? null
  const { rows } = leaving.as_actor
    ? await sql<{
        answer: Stepped | null
      }>`select leave_case_as_actor(${offer_id}::uuid, ${becomes}, ${next_state}, ${ctx.now}::timestamptz,
        ${why}::text, ${said}::text) as answer`.execute(ctx.tx)
    : await sql<{
        answer: Stepped | null
      }>`select leave_case(${offer_id}::uuid, ${becomes}, ${next_state}, ${person_id}::uuid,
        ${ctx.now}::timestamptz, ${why}::text, ${said}::text) as answer`.execute(ctx.tx)
  return stepped(rows[0]?.answer)
}

/** Search must not find it for them any more: `grant.revoked` for each. */
export const revoked = ({ ticket_id, grants }: Stepped): NewFact[] =>
  (grants ?? []).map(({ id, person_id }) => ({
    kind: 'grant.revoked',
    ticket_id,
    about: { grant_id: id, person_id },
  }))
