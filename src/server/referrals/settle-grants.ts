import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { endGrants, giveGrants } from '../people/index.ts'
import { lockTickets } from '../tickets/index.ts'

const GRANTS_MAX = 500

/** Somebody joined or left a desk: of a member's or partner's desk they get or lose its living cases. */
export async function settleGrantsOf(app: App, jobs: readonly FactJob[]): Promise<void> {
  const desk_ids = jobs.flatMap(({ about }) => (typeof about['desk_id'] === 'string' ? [about['desk_id']] : []))
  if (desk_ids.length > 0) await write(app, system, (ctx) => settle(ctx, desk_ids))
}

/** The same for every desk: what was missed, or came about by another way (a merged person, a duty that ended). */
export async function settleGrants(app: App): Promise<void> {
  await write(app, system, (ctx) => settle(ctx, null))
}

interface Missing {
  ticket_id: string
  person_id: string
  name: string
}

/**
 * Who may read a case is who works at the desk that has it, or is on duty for it, and nobody else. Records `grant.given`, `grant.revoked`.
 * @param desk_ids null: every desk; then also what was left on a ticket that nobody has by an offer
 */
export async function settle(ctx: Writing, desk_ids: readonly string[] | null): Promise<void> {
  const { rows: gone } = await sql<{ id: string }>`${peopleOf(desk_ids)}
    select l.id from grants l where l.source = 'referral' and l.revoked_at is null
      and (${desk_ids === null}::boolean or l.ticket_id in (select ticket_id from cases))
      and not exists (select from people p where p.ticket_id = l.ticket_id and p.person_id = l.person_id)
    order by l.id limit ${GRANTS_MAX}::int`.execute(ctx.tx)
  await endGrants(
    ctx,
    gone.map(({ id }) => id),
  )
  const asked = await findMissing(ctx, desk_ids)
  if (asked.length === 0) return
  // Somebody may give the case back at this moment: asked once more, with the tickets locked as every step of an offer locks them.
  await lockTickets(ctx, [...new Set(asked.map(({ ticket_id }) => ticket_id))])
  const known = new Set(asked.map(({ ticket_id }) => ticket_id))
  const missing = (await findMissing(ctx, desk_ids)).filter(({ ticket_id }) => known.has(ticket_id))
  await giveGrants(
    ctx,
    missing.map(({ name, ...one }) => ({ ...one, source: 'referral' as const, reason: name, until: null })),
  )
}

const peopleOf = (desk_ids: readonly string[] | null) => sql`with cases as (
    select o.ticket_id, o.desk_id, d.name from offers o join desks d on d.id = o.desk_id and d.kind = 'provider'
    where o.state = 'accepted' and (${desk_ids === null}::boolean or o.desk_id = any (${[...(desk_ids ?? [])]}::uuid[]))),
  people as (select c.ticket_id, c.name, m.person_id from cases c join desk_members m on m.desk_id = c.desk_id
    union select c.ticket_id, c.name, u.person_id from cases c join duty_contacts u on u.desk_id = c.desk_id and u.ended_at is null
        and u.proven_at is not null)`

async function findMissing(ctx: Writing, desk_ids: readonly string[] | null): Promise<Missing[]> {
  const { rows } = await sql<Missing>`${peopleOf(desk_ids)}
    select p.ticket_id, p.person_id, p.name from people p where not exists (select from grants g where g.ticket_id = p.ticket_id
        and g.person_id = p.person_id and g.source = 'referral' and g.revoked_at is null)
    order by p.ticket_id, p.person_id limit ${GRANTS_MAX}::int`.execute(ctx.tx)
  return rows
}
