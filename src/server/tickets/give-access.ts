import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { refuse } from '../platform/refusal.ts'
import { giveGrants, listGrants, revokeGrants, type LiveGrant } from '../people/index.ts'
import { takeTicket } from './find-ticket.ts'

const REASON_LENGTH_MAX = 200
const DAYS_MAX = 366

export const GiveAccess = z.strictObject({
  ticket_id: z.uuid(),
  person_id: z.uuid(),
  reason: z.string().trim().min(1).max(REASON_LENGTH_MAX),
  /** So many days from now; then it ends by itself. Null: until it is taken back. */
  days: z.coerce.number().int().min(1).max(DAYS_MAX).nullable().default(null),
})
export type GiveAccess = z.infer<typeof GiveAccess>

/**
 * Lets somebody who signs in here read this one ticket, with its notes, and answer on it. For those who work the ticket (forbidden);
 * refuses `invalid` for a person without an open account, and `conflict` for somebody who was given it already.
 */
export async function giveAccess(ctx: Writing, input: GiveAccess): Promise<void> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.give')
  const { rows } = await sql<{ given: boolean }>`select exists (select from grants g
      where g.ticket_id = ${ticket.id}::uuid and g.person_id = a.person_id and g.revoked_at is null
        and (g.until is null or g.until > ${ctx.now}::timestamptz)) as given
    from accounts a where a.person_id = ${input.person_id}::uuid and a.disabled_at is null`.execute(ctx.tx)
  const [account] = rows
  if (!account) refuse('invalid', 'form', [{ path: 'person_id', key: 'fault.no_account' }])
  if (account.given) refuse('conflict', 'grant.given_already')
  const { person_id, reason, days } = input
  const until = days === null ? null : new Date(ctx.now.getTime() + days * 86_400_000)
  await giveGrants(ctx, [{ person_id, ticket_id: ticket.id, source: 'hand', reason, until }])
}

export const TakeAccess = z.strictObject({ ticket_id: z.uuid(), grant_id: z.uuid() })
export type TakeAccess = z.infer<typeof TakeAccess>

/** From now on they do not see the ticket any more. Refuses `conflict` when it was taken back or has ended already. */
export async function takeAccess(ctx: Writing, { ticket_id, grant_id }: TakeAccess): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.give')
  if ((await revokeGrants(ctx, { ticket_id: ticket.id, ids: [grant_id] })) === 0) refuse('conflict', 'grant.gone')
}

/** Everybody who may read a ticket beside the secretariat and administrators, who read all. */
export interface Readers {
  /** Where it is and was. */
  desks: { id: string; name: string; holds: boolean }[]
  grants: LiveGrant[]
}

const DESKS_MAX = 50

/** Who may read this ticket, as far as the actor may know; its requester is not told. */
export async function listReaders(ctx: Reading, ticket_id: string): Promise<Readers> {
  const [desks, grants] = await Promise.all([
    sql<Readers['desks'][number]>`${keptPlan}select d.id, d.name, t.holder_desk_id = d.id as holds
      from tickets t join ticket_desks td on td.ticket_id = t.id join desks d on d.id = td.desk_id
      where t.id = ${ticket_id}::uuid order by td.left_at is not null, td.since, d.id limit ${DESKS_MAX}`.execute(
      ctx.db,
    ),
    listGrants(ctx, ticket_id),
  ])
  return { desks: desks.rows, grants }
}
