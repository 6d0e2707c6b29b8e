import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'

export interface NewGrant {
  person_id: string
  ticket_id: string
  /** By what: somebody's own decision, or a referral that was offered. */
  source: 'hand' | 'referral'
  /** Why, in the words of whoever gave it; shown beside the name. */
  reason: string
  /** It ends by itself then; null: until it is taken back. */
  until: Date | null
}

/**
 * Lets persons read and answer single tickets until it is taken back or ends. Whether the actor may give is asked by the caller, who
 * knows the ticket; row-level security lets only those who hold it. Records `grant.given` for each, after which search finds it.
 */
export async function giveGrants(ctx: Writing, grants: readonly NewGrant[]): Promise<string[]> {
  if (grants.length === 0) return []
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const rows = grants.map((grant) => ({ id: newId(), ...grant }))
  await sql`insert into grants (id, person_id, ticket_id, source, reason, granted_by, granted_at, until)
    select id, person_id, ticket_id, source, reason, ${by}::uuid, ${ctx.now}::timestamptz, until
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, person_id uuid, ticket_id uuid, source text, reason text, until timestamptz)`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    rows.map(({ id, person_id, ticket_id, source, until }) => ({
      kind: 'grant.given' as const,
      ticket_id,
      about: { grant_id: id, person_id, source, until: until?.toISOString() ?? null },
    })),
  )
  return rows.map(({ id }) => id)
}

/** Takes grants of these tickets back, from now on. Answers how many lived until now. Records `grant.revoked` for each. */
export async function revokeGrants(
  ctx: Writing,
  { ticket_id, ids }: { ticket_id: string; ids: readonly string[] },
): Promise<number> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{ id: string; person_id: string }>`
    update grants set revoked_at = ${ctx.now}::timestamptz, revoked_by = ${by}::uuid
    where ticket_id = ${ticket_id}::uuid and id = any (${ids}::uuid[]) and revoked_at is null
      and (until is null or until > ${ctx.now}::timestamptz)
    returning id, person_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, person_id }) => ({
      kind: 'grant.revoked' as const,
      ticket_id,
      about: { grant_id: id, person_id },
    })),
  )
  return rows.length
}

/** The same for grants of many tickets, by whoever the caller says may no more: nobody's decision, so nobody is named. */
export async function endGrants(ctx: Writing, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const { rows } = await sql<{ id: string; person_id: string; ticket_id: string }>`
    update grants set revoked_at = ${ctx.now}::timestamptz where id = any (${[...ids]}::uuid[]) and revoked_at is null
    returning id, person_id, ticket_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, person_id, ticket_id }) => ({
      kind: 'grant.revoked' as const,
      ticket_id,
      about: { grant_id: id, person_id },
    })),
  )
}

export interface LiveGrant {
  id: string
  person: { id: string; name: string }
  source: 'hand' | 'referral'
  reason: string
  granted_at: Date
  until: Date | null
}

const LIST_MAX = 100

/** Who was given this ticket and may read it now, the oldest first; as far as the actor may know. */
export async function listGrants(ctx: Reading, ticket_id: string): Promise<LiveGrant[]> {
  const { rows } =
    await sql<LiveGrant>`${keptPlan}select g.id, json_build_object('id', g.person_id, 'name', coalesce(p.name, '')) as person,
      g.source, g.reason, g.granted_at, g.until
    from grants g left join people p on p.id = g.person_id
    where g.ticket_id = ${ticket_id}::uuid and g.revoked_at is null and (g.until is null or g.until > ${ctx.now}::timestamptz)
    order by g.granted_at, g.id limit ${LIST_MAX}`.execute(ctx.db)
  return rows
}
