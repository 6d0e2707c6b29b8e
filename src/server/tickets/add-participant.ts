import { sql } from 'kysely'
import { z } from 'zod'
import { findOrMakePeople } from '../people/index.ts'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'

export const SuggestedParticipant = z.object({ ticket_id: z.uuid(), normalised: z.string().min(1).max(320) })
export type SuggestedParticipant = z.infer<typeof SuggestedParticipant>

/**
 * Lets somebody take part whom a mail suggested: from now on they get what is said on the ticket, and what they write enters it. What was
 * said before is not sent to them. Refuses `conflict` when somebody has decided already.
 */
export async function addParticipant(ctx: Writing, input: SuggestedParticipant): Promise<void> {
  await takeTicket(ctx, input.ticket_id, 'ticket.link')
  const { name, address } = await answer(ctx, input, 'added')
  const [person] = await findOrMakePeople(ctx, [{ name, channel: 'email', address }])
  await sql`insert into participants (ticket_id, person_id, part, since, contact_point_id)
    values (${input.ticket_id}::uuid, ${person!.id}::uuid, 'participant', ${ctx.now}::timestamptz, ${person!.contact_point_id}::uuid)
    on conflict do nothing`.execute(ctx.tx)
  await record(ctx, 'participant.added', { ticket_id: input.ticket_id, about: { person_id: person!.id } })
}

/** No, they have nothing to do with it; nobody is asked about them on this ticket again. */
export async function dismissParticipant(ctx: Writing, input: SuggestedParticipant): Promise<void> {
  await takeTicket(ctx, input.ticket_id, 'ticket.link')
  await answer(ctx, input, 'dismissed')
}

async function answer(
  ctx: Writing,
  { ticket_id, normalised }: SuggestedParticipant,
  said: 'added' | 'dismissed',
): Promise<{ name: string; address: string }> {
  const { rows } = await sql<{ name: string; address: string }>`update suggested_participants
    set answer = ${said}, answered_at = ${ctx.now}::timestamptz,
      answered_by = ${'person_id' in ctx.actor ? ctx.actor.person_id : null}::uuid
    where ticket_id = ${ticket_id}::uuid and normalised = ${normalised} and answer is null
    returning name, address`.execute(ctx.tx)
  return rows[0] ?? refuse('conflict', 'ticket.changed_meanwhile')
}
