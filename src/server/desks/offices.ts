import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'

export const ChangeOffices = z.strictObject({
  desk_id: z.uuid(),
  organisation_ids: z.array(z.uuid()).max(2000),
})
export type ChangeOffices = z.infer<typeof ChangeOffices>

/**
 * Makes these organisations the offices of an own-unit desk: from this moment it sees every request of them while it is confirmed, and no
 * more of those that left the list, but for what it holds or held (migration 0048). For the secretariat's coordinators and administrators.
 * Refuses not_found, conflict `desk.own_unit` for another kind of desk, invalid `desk.unknown_part` for an organisation that is not there.
 * Records `desk.office_added` and `desk.office_removed`, after which search follows.
 */
export async function changeOffices(ctx: Writing, { desk_id, organisation_ids }: ChangeOffices): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lockOwnUnit(ctx, desk_id)
  const { rows } = await sql<{ id: string }>`select id from organisations
    where id = any (${organisation_ids}::uuid[]) and merged_into is null`.execute(ctx.db)
  if (rows.length < new Set(organisation_ids).size) refuse('invalid', 'desk.unknown_part')
  const removed = await sql<{ id: string }>`delete from desk_offices
    where desk_id = ${desk_id}::uuid and organisation_id <> all (${organisation_ids}::uuid[]) returning organisation_id as id`.execute(
    ctx.tx,
  )
  const added = await sql<{ id: string }>`insert into desk_offices (desk_id, organisation_id, since)
    select ${desk_id}::uuid, id, ${ctx.now}::timestamptz from unnest(${organisation_ids}::uuid[]) as o (id) on conflict do nothing
    returning organisation_id as id`.execute(ctx.tx)
  await recordAll(ctx, [
    ...added.rows.map(({ id }) => ({ kind: 'desk.office_added' as const, about: { desk_id, organisation_id: id } })),
    ...removed.rows.map(({ id }) => ({
      kind: 'desk.office_removed' as const,
      about: { desk_id, organisation_id: id },
    })),
  ])
}

/** The desk's row, locked, so that two who change its offices take turns. */
export async function lockOwnUnit(ctx: Writing, desk_id: string): Promise<{ confirmed_at: Date | null }> {
  const desk = await ctx.tx
    .selectFrom('desks')
    .select(['kind', 'confirmed_at'])
    .where('id', '=', desk_id)
    .forUpdate()
    .executeTakeFirst()
  if (!desk) refuse('not_found', 'desk')
  if (desk.kind !== 'own_unit') refuse('conflict', 'desk.own_unit')
  return desk
}

export interface Office {
  id: string
  name: string
  since: Date
}

const LIST_MAX = 2000

/** The offices of a desk by name; none for a desk that has none. Staff only: the database shows others nothing. */
export async function listOffices(ctx: Reading, desk_id: string): Promise<Office[]> {
  const { rows } =
    await sql<Office>`select o.id, o.name, d.since from desk_offices d join organisations o on o.id = d.organisation_id
    where d.desk_id = ${desk_id}::uuid order by lower(o.name), o.id limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}
