import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'

interface Disowned {
  ticket_id: string
  person_id: string
}

/**
 * Whoever reads at the address by which somebody was told of this ticket says that they are somebody else: nothing about it goes there any more, and what
 * comes from there does not belong to it, until another address is chosen (choose-address.ts), and the number is not taken for that person's any more, until it is
 * itself chosen. The desk sees that nobody is reached. For the system, which has
 * heard it from that very address. Records `ticket.address_disowned`.
 */
export async function disownAddress(ctx: Writing, { ticket_id, person_id }: Disowned): Promise<void> {
  await sql`update participants set disowned_at = ${ctx.now}::timestamptz
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`update contact_points c set disowned_at = ${ctx.now}::timestamptz from participants p
    where p.ticket_id = ${ticket_id}::uuid and p.person_id = ${person_id}::uuid and c.id = p.contact_point_id and c.channel = 'phone'`.execute(
    ctx.tx,
  )
  await record(ctx, 'ticket.address_disowned', { ticket_id, about: { person_id } })
}

/** It was a slip. Records `ticket.address_owned`. */
export async function undoDisowning(ctx: Writing, { ticket_id, person_id }: Disowned): Promise<void> {
  await sql`update participants set disowned_at = null
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`update contact_points c set disowned_at = null from participants p
    where p.ticket_id = ${ticket_id}::uuid and p.person_id = ${person_id}::uuid and c.id = p.contact_point_id`.execute(
    ctx.tx,
  )
  await record(ctx, 'ticket.address_owned', { ticket_id, about: { person_id } })
}

/** A number that the desk has chosen again is that person's again, unless it was said to be somebody else's later. For the system; may run twice. */
export async function ownAgain(ctx: Writing, jobs: readonly FactJob[]): Promise<void> {
  const chosen = jobs.flatMap(({ kind, fact_id, about }) =>
    kind === 'ticket.address_chosen' && about['contact_point_id'] ? [{ fact_id, id: about['contact_point_id'] }] : [],
  )
  if (chosen.length === 0) return
  await sql`update contact_points c set disowned_at = null
    from jsonb_to_recordset(${JSON.stringify(chosen)}::jsonb) as a (id uuid, fact_id uuid)
    where c.id = a.id and uuid_floor(c.disowned_at) < a.fact_id`.execute(ctx.tx)
}
