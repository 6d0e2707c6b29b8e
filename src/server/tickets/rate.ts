import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'
import { plainText } from './plain-text.ts'

export const Rate = z.object({
  ticket_id: z.uuid(),
  score: z.coerce.number().int().min(1).max(5),
  words: z.string().trim().max(2_000).optional(),
})
export type Rate = z.infer<typeof Rate>

/**
 * One judgement a ticket, after it was resolved or closed, and of work that was done: `conflict` (ticket.nothing_to_rate) where nobody
 * of us resolved it or wrote back. It may be changed for a day; then `conflict` (ticket.rated_already).
 */
export async function rate(ctx: Writing, input: Rate): Promise<void> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.rate', 'rate')
  if (!(await wasWorkedOn(ctx, ticket.id))) refuse('conflict', 'ticket.nothing_to_rate')
  const person_id = 'person_id' in ctx.actor ? ctx.actor.person_id : ticket.requester_id
  const { rows } = await sql`insert into ratings (ticket_id, id, score, words, person_id, rated_at)
    values (${ticket.id}::uuid, ${newId()}::uuid, ${input.score}::int, ${plainText(input.words ?? '')}, ${person_id}::uuid, ${ctx.now}::timestamptz)
    on conflict (ticket_id) do update set score = excluded.score, words = excluded.words
      where ratings.rated_at > ${ctx.now}::timestamptz - interval '1 day'
    returning ratings.id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'ticket.rated_already')
  await record(ctx, 'ticket.rated', { ticket_id: ticket.id, about: { score: input.score } })
}

/** Whether there is anything to rate: somebody of us resolved it or wrote back. What Pandu wrote by itself is nobody's work. */
export async function wasWorkedOn(ctx: Reading, ticket_id: string): Promise<boolean> {
  const { rows } = await sql<{ worked_on: boolean }>`select
    exists (select from resolutions where ticket_id = ${ticket_id}::uuid and resolved_by is not null)
    or exists (select from messages where ticket_id = ${ticket_id}::uuid and direction = 'out' and author_id is not null
      and taken_back_at is null) as worked_on`.execute(ctx.db)
  return rows[0]!.worked_on
}
