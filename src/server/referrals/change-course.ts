import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { refer, takeForReferral, type Referred } from './refer.ts'
import { refuseIfJudged } from './refuse-if-judged.ts'
import { withdrawReferral } from './withdraw-referral.ts'

export const ChangeCourse = z.strictObject({
  ticket_id: z.uuid(),
  /** It may stay with whom it is; or it is taken back and referred anew, by what is known now. */
  course: z.enum(['keep', 'again']),
})
export type ChangeCourse = z.infer<typeof ChangeCourse>

/**
 * What shall happen with a referral whose ticket's region or topic was changed since. Refuses like refer() and withdrawReferral(). Records
 * `referral.kept`, or what these two record.
 */
export async function changeCourse(ctx: Writing, { ticket_id, course }: ChangeCourse): Promise<Referred | null> {
  const { live } = await takeForReferral(ctx, ticket_id)
  if (!live) refuse('conflict', 'referral.none')
  await refuseIfJudged(ctx, live)
  if (course === 'again') {
    await withdrawReferral(ctx, { ticket_id })
    return refer(ctx, { ticket_id })
  }
  await sql`update referrals set kept_for = (select ${coursesOf} from tickets t where t.id = ticket_id) where id = ${live.id}::uuid`.execute(
    ctx.tx,
  )
  await record(ctx, 'referral.kept', { ticket_id, about: { referral_id: live.id } })
  return null
}

/** Region and topic of a ticket `t` as one word. */
export const coursesOf = sql`concat_ws('/', coalesce(t.region_code, ''), coalesce(t.topic_code, ''))`
