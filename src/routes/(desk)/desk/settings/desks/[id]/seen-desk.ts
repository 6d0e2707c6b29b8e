import type { Reading } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { refuse } from '#server/platform/refusal.ts'
import { findDesk, mayChangeDesk, type Desk } from '#server/desks/index.ts'

/** The desk, for whoever may set something of it; for everybody else it does not exist here. */
export async function seenDesk(ctx: Reading, id: string): Promise<Desk> {
  if (!isId(id) || !mayChangeDesk(ctx.actor, id, ['hours'])) refuse('not_found', 'desk')
  return findDesk(ctx, id)
}
