import { sql } from 'kysely'
import type { Reading, Writing } from '../../platform/context.ts'
import { refuse } from '../../platform/refusal.ts'

export interface LiveNeed {
  id: string
  ticket_id: string
  agreed_at: Date | null
  due_at: Date
}

/** The need of a ticket that still runs; as far as the actor sees it. */
export async function findLiveNeed(ctx: Reading, ticket_id: string): Promise<LiveNeed | null> {
  const { rows } = await sql<LiveNeed>`select id, ticket_id, agreed_at, due_at from paid_needs
    where ticket_id = ${ticket_id}::uuid and state = 'open'`.execute(ctx.db)
  return rows[0] ?? null
}

/** The same for whoever asked, locked, by the link of their request. Refuses `forbidden` and `conflict` (paid.none). */
export async function takeOwnNeed(ctx: Writing, ticket_id: string): Promise<LiveNeed> {
  if (ctx.actor.kind !== 'requester' || ctx.actor.ticket_id !== ticket_id) refuse('forbidden', 'ticket.forbidden')
  const { rows } = await sql<LiveNeed>`select id, ticket_id, agreed_at, due_at from paid_needs
    where ticket_id = ${ticket_id}::uuid and state = 'open' for update`.execute(ctx.tx)
  return rows[0] ?? refuse('conflict', 'paid.none')
}
