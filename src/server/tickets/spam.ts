import { sql } from 'kysely'
import { z } from 'zod'
import { blockedAmong, blockSender, mayBlock, unblockSender } from '../channels/index.ts'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'

export const MarkSpam = z.object({ ticket_id: z.uuid(), block_sender: z.boolean().optional() })
export type MarkSpam = z.infer<typeof MarkSpam>

/**
 * Takes a ticket out of every view but `spam`; on wish, what the requester's addresses send is refused from now on (`forbidden` to those
 * who may not block).
 */
export async function markSpam(ctx: Writing, input: MarkSpam): Promise<void> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.mark_spam')
  if (input.block_sender && !mayBlock(ctx.actor)) refuse('forbidden', 'sender_block')
  await setSpam(ctx, ticket.id, true)
  if (input.block_sender)
    for (const point of await findAddresses(ctx, ticket.requester_id)) await blockSender(ctx, { ...point, reason: '' })
  await record(ctx, 'ticket.marked_spam', { ticket_id: ticket.id, about: { blocked: input.block_sender ?? false } })
}

/** Undoes it, and lifts the blocks of the requester's addresses where the actor may. */
export async function unmarkSpam(ctx: Writing, { ticket_id }: { ticket_id: string }): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.mark_spam')
  await setSpam(ctx, ticket.id, false)
  const points = mayBlock(ctx.actor) ? await findAddresses(ctx, ticket.requester_id) : []
  for (const channel of ['email', 'phone', 'telegram'] as const) {
    const blocked = await blockedAmong(
      ctx,
      channel,
      points.filter((point) => point.channel === channel).map((point) => point.address),
    )
    for (const address of blocked) await unblockSender(ctx, { channel, address })
  }
  await record(ctx, 'ticket.unmarked_spam', { ticket_id: ticket.id })
}

async function setSpam(ctx: Writing, ticket_id: string, spam: boolean): Promise<void> {
  const { rows } = await sql`update tickets set spam_at = ${spam ? ctx.now : null}::timestamptz
    where id = ${ticket_id}::uuid and (spam_at is null) = ${spam}::boolean returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'ticket.changed_meanwhile')
}

// A person has a few addresses, so one call for each is not a query in a loop over a list that grows.
const ADDRESSES_MAX = 10

async function findAddresses(
  ctx: Writing,
  person_id: string,
): Promise<{ channel: 'email' | 'phone' | 'telegram'; address: string }[]> {
  const { rows } = await sql<{
    channel: 'email' | 'phone' | 'telegram'
    address: string
  }>`select channel, normalised as address from contact_points
    where person_id = ${person_id}::uuid order by created_at, id limit ${ADDRESSES_MAX}`.execute(ctx.tx)
  return rows
}
