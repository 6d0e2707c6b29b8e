import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'
import { disownPoints, ownPointsAgain, undoDisownedPoints } from '../people/index.ts'

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
  await disownPoints(ctx, await markAddress(ctx, { ticket_id, person_id }, ctx.now))
  await record(ctx, 'ticket.address_disowned', { ticket_id, about: { person_id } })
}

/** It was a slip. Records `ticket.address_owned`. */
export async function undoDisowning(ctx: Writing, { ticket_id, person_id }: Disowned): Promise<void> {
  await undoDisownedPoints(ctx, await markAddress(ctx, { ticket_id, person_id }, null))
  await record(ctx, 'ticket.address_owned', { ticket_id, about: { person_id } })
}

/** A number that the desk has chosen again is that person's again, unless it was said to be somebody else's later. For the system; may run twice. */
export async function ownAgain(ctx: Writing, jobs: readonly FactJob[]): Promise<void> {
  const chosen = jobs.flatMap(({ kind, fact_id, about }) => {
    const contact_point_id = about['contact_point_id']
    return kind === 'ticket.address_chosen' && typeof contact_point_id === 'string'
      ? [{ fact_id, contact_point_id }]
      : []
  })
  if (chosen.length > 0) await ownPointsAgain(ctx, chosen)
}

/** Answers where they are told of it. */
async function markAddress(ctx: Writing, { ticket_id, person_id }: Disowned, at: Date | null): Promise<string[]> {
  const { rows } = await sql<{
    contact_point_id: string | null
  }>`update participants set disowned_at = ${at}::timestamptz
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid returning contact_point_id`.execute(ctx.tx)
  return rows.flatMap(({ contact_point_id }) => contact_point_id ?? [])
}
