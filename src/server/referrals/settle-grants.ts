import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'
import { giveGrants } from '../people/index.ts'

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

/** Who may read a case is who works at the desk that has it, or is on duty for it, and nobody else. Records `grant.given`, `grant.revoked`. */
export async function settle(ctx: Writing, desk_ids: readonly string[] | null): Promise<void> {
  const people = sql`with cases as (select o.ticket_id, o.desk_id, d.name from offers o join desks d on d.id = o.desk_id and d.kind = 'provider'
      where o.state = 'accepted' and (${desk_ids === null}::boolean or o.desk_id = any (${[...(desk_ids ?? [])]}::uuid[]))),
    people as (select c.ticket_id, c.name, m.person_id from cases c join desk_members m on m.desk_id = c.desk_id
      union select c.ticket_id, c.name, u.person_id from cases c join duty_contacts u on u.desk_id = c.desk_id and u.ended_at is null)`
  const { rows: gone } = await sql<{ id: string; person_id: string; ticket_id: string }>`${people}
    update grants g set revoked_at = ${ctx.now}::timestamptz
    where g.id in (select l.id from grants l join cases c on c.ticket_id = l.ticket_id where l.source = 'referral' and l.revoked_at is null
        and not exists (select from people p where p.ticket_id = l.ticket_id and p.person_id = l.person_id) order by l.id limit ${GRANTS_MAX}::int)
    returning g.id, g.person_id, g.ticket_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    gone.map(({ id, person_id, ticket_id }) => ({
      kind: 'grant.revoked' as const,
      ticket_id,
      about: { grant_id: id, person_id },
    })),
  )
  const { rows: missing } = await sql<{ ticket_id: string; person_id: string; name: string }>`${people}
    select p.ticket_id, p.person_id, p.name from people p where not exists (select from grants g where g.ticket_id = p.ticket_id
        and g.person_id = p.person_id and g.source = 'referral' and g.revoked_at is null)
    order by p.ticket_id, p.person_id limit ${GRANTS_MAX}::int`.execute(ctx.tx)
  await giveGrants(
    ctx,
    missing.map(({ name, ...one }) => ({ ...one, source: 'referral' as const, reason: name, until: null })),
  )
}
