import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { lockTickets } from '../tickets/index.ts'
import { offerNext } from './offer-next.ts'
import { liveReferral } from './referral-rows.ts'

/** After a refusal or a return: the next one is asked by itself. Safe to run twice: an open offer is not asked beside. */
export async function askNextCandidates(app: App, jobs: readonly FactJob[]): Promise<void> {
  const ticket_ids = new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))
  for (const ticket_id of ticket_ids) await write(app, system, (ctx) => nextCandidate(ctx, ticket_id))
}

/** In the caller's transaction. Nothing happens where nobody has to be asked: accepted meanwhile, called off, one is asked already. */
export async function nextCandidate(ctx: Writing, ticket_id: string): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  const live = ticket ? await liveReferral(ctx, ticket_id) : null
  if (live?.state !== 'offered' || ticket!.state !== 'referred') return
  const { rows } =
    await sql`select from offers where ticket_id = ${ticket_id}::uuid and state in ('open', 'accepted') limit 1`.execute(
      ctx.db,
    )
  if (rows.length === 0) await offerNext(ctx, live)
}
