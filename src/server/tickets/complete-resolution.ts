import { sql } from 'kysely'
import type { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'
import { plainText } from './plain-text.ts'
import { Resolve } from './resolve.ts'

export const CompleteResolution = Resolve.pick({
  ticket_id: true,
  problem: true,
  cause: true,
  alternatives: true,
  steps: true,
})
export type CompleteResolution = z.infer<typeof CompleteResolution>

/**
 * "Perlu dilengkapi": what was solved by mail or SMS gets its four fields properly. Nothing is sent, because the requester has the answer
 * already. For those who may resolve the ticket; refuses `conflict` (ticket.changed_meanwhile) when nothing is to be completed. Records
 * `ticket.resolution_completed`.
 */
export async function completeResolution(ctx: Writing, input: CompleteResolution): Promise<void> {
  await takeTicket(ctx, input.ticket_id, 'ticket.resolve')
  const { rows } = await sql<{ id: string }>`update resolutions set problem = ${plainText(input.problem)},
      cause = ${input.cause ? plainText(input.cause) : null}, alternatives = ${input.alternatives ? plainText(input.alternatives) : null},
      steps = ${plainText(input.steps)}, to_complete_since = null
    where ticket_id = ${input.ticket_id}::uuid and to_complete_since is not null and reopened_at is null returning id`.execute(
    ctx.tx,
  )
  const done = rows[0] ?? refuse('conflict', 'ticket.changed_meanwhile')
  await record(ctx, 'ticket.resolution_completed', {
    ticket_id: input.ticket_id,
    about: { resolution_id: done.id },
  })
}
