import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { seeItem, unsettleItem } from '../channels/index.ts'

/** Lets a quarantined or refused item be read once more. Staff only; `not_found` for what they do not see, `conflict` for any other. */
export async function retryItem(ctx: Writing, { id }: { id: string }): Promise<void> {
  if (ctx.actor.kind !== 'staff') refuse('forbidden', 'intake.staff')
  await seeItem(ctx, id)
  must(ctx.actor, 'item.retry')
  if (!(await unsettleItem(ctx, id))) refuse('conflict', 'intake.settled')
  await record(ctx, 'intake.retried', { about: { item_id: id, by: 'retry' } })
}
