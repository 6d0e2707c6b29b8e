import { identify, system, type Writing } from '../platform/context.ts'
import { answering, type AskedOffer } from './answering.ts'

/**
 * Does something in the name of a provider's contact, whom a door brought and who has perhaps no account, as far as the people of that desk may. Row-level
 * functions ask who acts, so the transaction says so meanwhile. `ctx` is the system's. Refuses as answering() does.
 */
export async function asContact<T>(
  ctx: Writing,
  whose: { offer_id: string; by: string },
  work: (as: Writing, offer: AskedOffer) => Promise<T>,
): Promise<T> {
  const { ctx: as, offer } = await answering(ctx, whose)
  await identify(ctx.tx, as.actor)
  const done = await work(as, offer)
  await identify(ctx.tx, system)
  return done
}
