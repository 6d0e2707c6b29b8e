import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** The three things one writes at the desk. */
export const composed = ['reply', 'note', 'resolve'] as const
export type Composed = (typeof composed)[number]

/**
 * What one person writes in one place is saved and sent one after the other, until the end of the transaction: a draft that is saved at
 * the moment of sending comes before it or after it, never in between.
 */
export async function takeTurn(
  ctx: Writing,
  { ticket_id, kind }: { ticket_id: string; kind: Composed },
): Promise<void> {
  const person = 'person_id' in ctx.actor ? ctx.actor.person_id : ''
  await sql`select pg_advisory_xact_lock(hashtextextended(${`compose ${person} ${ticket_id} ${kind}`}, 0))`.execute(
    ctx.tx,
  )
}
