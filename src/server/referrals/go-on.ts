import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { eachAlone } from '../platform/each-alone.ts'
import type { FactJob } from '../platform/relay.ts'
import { lockTickets, stateAfter } from '../tickets/index.ts'
import { isRestricted } from './next-candidate.ts'
import { refer } from './refer.ts'

/**
 * What was not known when somebody referred is answered: referring goes on, by itself, with what is known now; it may be that the next thing is asked.
 * Not where they had chosen somebody or written the summary themselves, and not where people have gone another way meanwhile. Safe to run
 * twice. (`referral.answered`)
 */
export async function goOnReferring(app: App, jobs: readonly FactJob[]): Promise<void> {
  const ticket_ids = new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))
  await eachAlone(ticket_ids, (ticket_id) => write(app, system, (ctx) => goOn(ctx, ticket_id)))
}

/** In the caller's transaction. */
export async function goOn(ctx: Writing, ticket_id: string): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  if (!ticket || ticket.spam_at !== null || stateAfter('refer', ticket.state) === null) return
  const { rows } =
    await sql`select from referral_questions q where q.ticket_id = ${ticket_id}::uuid and q.goes_on and q.answered_at is not null
    and not exists (select from referral_questions o where o.ticket_id = q.ticket_id and o.goes_on and o.answered_at is null)
    and not exists (select from referrals r where r.ticket_id = q.ticket_id and r.opened_at >= q.answered_at) limit 1`.execute(
      ctx.tx,
    )
  if (rows.length === 0 || (await isRestricted(ctx, ticket_id))) return
  const { rows: live } =
    await sql`select from referrals where ticket_id = ${ticket_id}::uuid and ended_at is null limit 1`.execute(ctx.tx)
  if (live.length === 0) await refer(ctx, { ticket_id })
}
