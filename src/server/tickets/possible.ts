import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import type { OneTicket } from './claim.ts'
import { takeTicket } from './find-ticket.ts'

/**
 * A person says: yes, this belongs to the ticket that was suspected. Both are linked; messages stay where they are, because whoever
 * follows the one by a link must not find a stranger's words in it.
 */
export async function linkPossible(ctx: Writing, { ticket_id }: OneTicket): Promise<{ other_id: string }> {
  const other_id = await settle(ctx, ticket_id)
  await sql`insert into ticket_links (ticket_id, other_id, kind, made_by, made_at)
    values (${ticket_id}::uuid, ${other_id}::uuid, 'follow_up', ${'person_id' in ctx.actor ? ctx.actor.person_id : null}::uuid, ${ctx.now}::timestamptz)
    on conflict do nothing`.execute(ctx.tx)
  await record(ctx, 'ticket.linked', { ticket_id, about: { other_id, link: 'follow_up' } })
  return { other_id }
}

/** A person says: no, these two have nothing to do with each other. */
export async function dismissPossible(ctx: Writing, { ticket_id }: OneTicket): Promise<void> {
  const other_id = await settle(ctx, ticket_id)
  await record(ctx, 'ticket.kept_apart', { ticket_id, about: { other_id } })
}

async function settle(ctx: Writing, ticket_id: string): Promise<string> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.link')
  const other_id = ticket.possible_ticket_id ?? refuse('conflict', 'ticket.changed_meanwhile')
  await sql`update tickets set possible_ticket_id = null where id = ${ticket_id}::uuid`.execute(ctx.tx)
  return other_id
}
