import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'

interface Disowned {
  ticket_id: string
  person_id: string
}

/**
 * Whoever reads at the address by which somebody was told of this ticket says that they are somebody else: nothing about it goes there any more, and what
 * comes from there does not belong to it, until another address is chosen (choose-address.ts). The desk sees that nobody is reached. For the system, which has
 * heard it from that very address. Records `ticket.address_disowned`.
 */
export async function disownAddress(ctx: Writing, { ticket_id, person_id }: Disowned): Promise<void> {
  await sql`update participants set disowned_at = ${ctx.now}::timestamptz
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'ticket.address_disowned', { ticket_id, about: { person_id } })
}

/** It was a slip. Records `ticket.address_owned`. */
export async function undoDisowning(ctx: Writing, { ticket_id, person_id }: Disowned): Promise<void> {
  await sql`update participants set disowned_at = null
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'ticket.address_owned', { ticket_id, about: { person_id } })
}
