import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { must, mustAsPerson } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { seeItem, settleItems, unsettleItem, type Item } from '../channels/index.ts'
import { seeTicket } from '../tickets/index.ts'

/**
 * Somebody who works the ticket says that a mail held for its doubtful sender may enter: it is read once more and enters as if nothing had
 * been found. `not_found` for what the actor does not see, `forbidden` for whom may not work that ticket, `conflict` for an item that is not held.
 */
export async function acceptHeld(ctx: Writing, { id }: { id: string }): Promise<void> {
  const { item, person_id } = await takeHeld(ctx, id)
  if (!(await unsettleItem(ctx, item.id, person_id))) refuse('conflict', 'intake.settled')
  await record(ctx, 'intake.retried', { about: { item_id: id, by: 'accepted' } })
}

/** It was not from whom it says: the item stays in the ledger as refused, and enters nothing. The same refusals. */
export async function rejectHeld(ctx: Writing, { id }: { id: string }): Promise<void> {
  const { item } = await takeHeld(ctx, id)
  if (!(await unsettleItem(ctx, item.id))) refuse('conflict', 'intake.settled')
  await settleItems(ctx, [
    { id: item.id, outcome: 'refused', reason: 'rejected', possible_ticket: item.possible_ticket },
  ])
  await record(ctx, 'intake.retried', { about: { item_id: id, by: 'rejected' } })
}

async function takeHeld(ctx: Writing, id: string): Promise<{ item: Item; person_id: string }> {
  mustAsPerson(ctx.actor, 'account.own')
  const item = await seeItem(ctx, id)
  if (
    item.outcome !== 'quarantined' ||
    !/^(?:sender_doubtful|forwarded)$/.test(item.reason ?? '') ||
    !item.possible_ticket
  )
    refuse('conflict', 'intake.settled')
  const ticket = await seeTicket(ctx, { id: item.possible_ticket.id })
  must(ctx.actor, 'ticket.link', ticket)
  return { item, person_id: ctx.actor.person_id }
}
