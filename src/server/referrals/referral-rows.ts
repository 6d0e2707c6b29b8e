import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'

export const referralStates = [
  'offered',
  'unmet',
  'returned',
  'accepted',
  'working',
  'answered',
  'completed',
  'withdrawn',
] as const
export type ReferralState = (typeof referralStates)[number]

/** A referral as commands need it. */
export interface ReferralRow {
  id: string
  ticket_id: string
  kind: 'free' | 'paid'
  state: ReferralState
  referring_desk_id: string
  region_code: string
  province_code: string
  topic_code: string | null
  competence_code: string | null
  level: 1 | 2 | 3 | null
  urgency: string
  organisation_id: string | null
  summary: string
  opened_at: Date
  shown_at: Date | null
  kept_for: string | null
}

const COLUMNS = sql`id, ticket_id, kind, state, referring_desk_id, region_code, province_code, topic_code, competence_code, level,
  urgency, organisation_id, summary, opened_at, shown_at, kept_for`

/** The one that lives, of a ticket. Locked with the ticket before it (migrations: the steps of an offer). */
export async function liveReferral(ctx: Reading, ticket_id: string): Promise<ReferralRow | null> {
  const { rows } = await sql<ReferralRow>`select ${COLUMNS} from referrals
    where ticket_id = ${ticket_id}::uuid and ended_at is null`.execute(ctx.db)
  return rows[0] ?? null
}

export async function findReferral(ctx: Reading, referral_id: string): Promise<ReferralRow | null> {
  const { rows } = await sql<ReferralRow>`select ${COLUMNS} from referrals where id = ${referral_id}::uuid`.execute(
    ctx.db,
  )
  return rows[0] ?? null
}
