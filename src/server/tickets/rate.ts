import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'
import { plainText } from './plain-text.ts'
import { mayRate } from './policy.ts'

export const Rate = z.object({
  ticket_id: z.uuid(),
  score: z.coerce.number().int().min(1).max(5),
  words: z.string().trim().max(2_000).optional(),
})
export type Rate = z.infer<typeof Rate>

/** One judgement a ticket, after it was resolved or closed. It may be changed for a day; then `conflict` (ticket.rated_already). */
export async function rate(ctx: Writing, input: Rate): Promise<void> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, mayRate, 'rate')
  const person_id = 'person_id' in ctx.actor ? ctx.actor.person_id : ticket.requester_id
  const { rows } = await sql`insert into ratings (ticket_id, id, score, words, person_id, rated_at)
    values (${ticket.id}::uuid, ${newId()}::uuid, ${input.score}::int, ${plainText(input.words ?? '')}, ${person_id}::uuid, ${ctx.now}::timestamptz)
    on conflict (ticket_id) do update set score = excluded.score, words = excluded.words
      where ratings.rated_at > ${ctx.now}::timestamptz - interval '1 day'
    returning ratings.id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'ticket.rated_already')
  await record(ctx, 'ticket.rated', { ticket_id: ticket.id, about: { score: input.score } })
}
