import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'

/**
 * Notes that requesters are asked where they are, because their request came without it: by SMS and messengers, which have no form. Whoever calls asks
 * them in the text that says that the request arrived, so that it costs none. It is asked once; what they answer is read (hear-answers.ts), and a new
 * request goes to the desk that would have had it. Records `referral.asked`.
 */
export async function askPlaces(ctx: Writing, ticket_ids: readonly string[]): Promise<void> {
  const { rows } = await sql<{
    ticket_id: string
  }>`insert into referral_questions (ticket_id, asks, asked_for, asked_at)
    select t.id, 'region', 'opening', ${ctx.now}::timestamptz from tickets t where t.id = any (${[...ticket_ids]}::uuid[]) and t.region_code is null
    on conflict do nothing returning ticket_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ ticket_id }) => ({
      kind: 'referral.asked' as const,
      ticket_id,
      about: { asks: 'region', asked_for: 'opening' },
    })),
  )
}
