import type { App } from '../../platform/app.ts'
import { system, write } from '../../platform/context.ts'
import { endUntold } from '../../channels/index.ts'
import { keepMissed } from './keep-missed.ts'

/**
 * Calls of which the exchange never told that nobody answered: those that ended so, and those that ring for longer than anybody lets it ring,
 * because the end was lost. Whoever called is to be called back. Answers how many there were.
 */
export async function sweepCalls(app: App): Promise<number> {
  return write(app, system, async (ctx) => {
    const missed = await endUntold(ctx)
    await keepMissed(
      ctx,
      missed.map((call) => ({ ...call, item_id: null })),
    )
    return missed.length
  })
}
