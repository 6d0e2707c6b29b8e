import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'

export const ChooseAddress = z.object({ ticket_id: z.uuid(), person_id: z.uuid(), contact_point_id: z.uuid() })
export type ChooseAddress = z.infer<typeof ChooseAddress>

/**
 * From now on somebody who takes part in this ticket is reached by another of their addresses: what they are told goes there, by mail, SMS or
 * Telegram as the address is, and what comes from there enters. For who works the ticket; refuses not_found for an address that is not that person's.
 */
export async function chooseAddress(ctx: Writing, input: ChooseAddress): Promise<void> {
  const { ticket_id, person_id, contact_point_id } = input
  await takeTicket(ctx, ticket_id, 'ticket.choose_address')
  const { rows } =
    await sql`update participants p set contact_point_id = c.id, channel = null, disowned_at = null from contact_points c
    where p.ticket_id = ${ticket_id}::uuid and p.person_id = ${person_id}::uuid
      and c.id = ${contact_point_id}::uuid and c.person_id = p.person_id returning p.person_id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', 'person')
  await record(ctx, 'ticket.address_chosen', { ticket_id, about: { person_id, contact_point_id } })
}
