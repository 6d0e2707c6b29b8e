import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { standsInAt } from '../desks/index.ts'
import { moveTicket, takeTicket } from './find-ticket.ts'

export const Assign = z.object({ ticket_id: z.uuid(), desk_id: z.uuid(), person_id: z.uuid().nullable().optional() })
export type Assign = z.infer<typeof Assign>

/**
 * Hands a ticket to another desk, or to a colleague (also to whoever stands in for one of the secretariat today). The desk that had it goes on seeing it. Refuses `invalid` for a closed desk, for a
 * member's or partner's (they are asked first: referrals), and for a person who does not work at the desk; `conflict` (referral.live_accepted)
 * while somebody has it by an offer that they accepted: it is taken back first, so that they hear of it and read it no more.
 */
export async function assign(ctx: Writing, input: Assign): Promise<void> {
  const { ticket, to } = await takeTicket(ctx, input.ticket_id, 'ticket.assign', 'assign')
  const person_id = input.person_id ?? null
  if (ticket.holder_desk_id === input.desk_id && ticket.holder_person_id === person_id) return
  await refuseStrangers(ctx, input.desk_id, person_id)
  if (ticket.holder_desk_id !== input.desk_id) await refuseAccepted(ctx, ticket.id)
  // The row of the desk that gives it away exists since it held the ticket; without it the update would go out of sight.
  await sql`insert into ticket_desks (ticket_id, desk_id, since) values (${ticket.id}::uuid, ${input.desk_id}::uuid, ${ctx.now}::timestamptz)
    on conflict do nothing`.execute(ctx.tx)
  await moveTicket(ctx, ticket, to === 'new' && person_id !== null ? 'open' : to, {
    holder_desk_id: input.desk_id,
    holder_person_id: person_id,
    holder_since: ctx.now,
  })
  await record(ctx, 'ticket.handed', {
    ticket_id: ticket.id,
    about: {
      desk_id: input.desk_id,
      person_id,
      from_desk_id: ticket.holder_desk_id,
      from_person_id: ticket.holder_person_id,
    },
  })
}

async function refuseAccepted(ctx: Writing, ticket_id: string) {
  const { rows } =
    await sql`select from offers where ticket_id = ${ticket_id}::uuid and state = 'accepted' limit 1`.execute(ctx.tx)
  if (rows.length > 0) refuse('conflict', 'referral.live_accepted')
}

async function refuseStrangers(ctx: Writing, desk_id: string, person_id: string | null) {
  const { rows } = await sql<{ works_there: boolean }>`select
      exists (select from desk_members where desk_id = ${desk_id}::uuid and person_id = ${person_id}::uuid)
        or ${standsInAt(sql`desks.id`, sql`${person_id}::uuid`)} as works_there
    from desks where id = ${desk_id}::uuid and closed_at is null and kind <> 'provider'`.execute(ctx.tx)
  const [desk] = rows
  if (!desk) refuse('invalid', 'ticket.assign', [{ path: 'desk_id', key: 'fault.desk_closed' }])
  if (person_id !== null && !desk.works_there)
    refuse('invalid', 'ticket.assign', [{ path: 'person_id', key: 'fault.works_elsewhere' }])
}
