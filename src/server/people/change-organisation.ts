import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { mustBeStaff } from './may.ts'
import { AddOrganisation, type OrganisationRow } from './organisations.ts'
import { readInput } from './read-input.ts'

export const ChangeOrganisation = AddOrganisation.extend({ id: z.uuid() })
export type ChangeOrganisation = z.input<typeof ChangeOrganisation>

/**
 * Corrects an organisation: its name, kind, region and to which one it belongs. For the secretariat's coordinators and administrators.
 * Refuses not_found, and invalid for one that would belong to itself, also over others. Records `organisation.changed` with what was before.
 */
export async function changeOrganisation(ctx: Writing, input: ChangeOrganisation): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const changed = readInput(ChangeOrganisation, input)
  await save(ctx, changed.id, () => changed)
}

/**
 * The name and kind alone, by whoever may speak for the organisation: the caller has asked that (membership: changeUnitParticulars). Where it sits and
 * to which it belongs decide who sees what, and stay the secretariat's.
 */
export async function renameOrganisation(
  ctx: Writing,
  input: Pick<ChangeOrganisation, 'id' | 'name' | 'kind'>,
): Promise<void> {
  const { id, name, kind } = readInput(ChangeOrganisation, input)
  await save(ctx, id, (before) => ({ ...before, name, kind }))
}

type Saved = Record<'name' | 'kind' | 'region_code' | 'parent_id', string | null>

async function save(ctx: Writing, id: string, change: (before: Saved) => Saved): Promise<void> {
  const { rows } = await sql<Saved>`select name, kind, region_code, parent_id from organisations
    where id = ${id}::uuid and merged_into is null for update`.execute(ctx.tx)
  const before: Saved = rows[0] ?? refuse('not_found', 'organisation')
  const { name, kind, region_code, parent_id } = change(before)
  const { rows: round } = await sql`with recursive above as (
      select ${parent_id}::uuid as id union select o.parent_id from above join organisations o on o.id = above.id where o.parent_id is not null)
    select from above where id = ${id}::uuid`.execute(ctx.tx)
  if (round.length > 0) refuse('invalid', 'form', [{ path: 'parent_id', key: 'fault.organisation_round' }])
  await sql`update organisations set name = ${name}, kind = ${kind}, region_code = ${region_code}, parent_id = ${parent_id}::uuid
    where id = ${id}::uuid`.execute(ctx.tx)
  const after: Saved = { name, kind, region_code, parent_id }
  const parts = (Object.keys(after) as (keyof Saved)[]).filter((part) => before[part] !== after[part])
  if (parts.length > 0)
    await record(ctx, 'organisation.changed', {
      about: { organisation_id: id, parts: parts.join(',') },
      details: { before, after },
    })
}

export interface SeenOrganisation extends OrganisationRow {
  parent: { id: string; name: string } | null
  /** Where its things are when it was merged into another. */
  merged_into: { id: string; name: string } | null
  parts: { id: string; name: string }[]
  /** The first two hundred of those whom the actor may see, by name. */
  members: { id: string; name: string }[]
  member_count: number
  created_at: Date
}

const SHOWN_MAX = 200

/** One organisation with its parts and the people of it. Staff only; refuses not_found. */
export async function seeOrganisation(ctx: Reading, id: string): Promise<SeenOrganisation> {
  mustBeStaff(ctx.actor)
  if (!isId(id)) refuse('not_found', 'organisation')
  const { rows } = await sql<SeenOrganisation>`select o.id, o.name, o.kind, o.region_code, o.parent_id, o.created_at,
      (select json_build_object('id', p.id, 'name', p.name) from organisations p where p.id = o.parent_id) as parent,
      (select json_build_object('id', p.id, 'name', p.name) from organisations p where p.id = o.merged_into) as merged_into,
      coalesce((select json_agg(json_build_object('id', id, 'name', name)) from (select id, name from organisations
        where parent_id = o.id and merged_into is null order by lower(name), id limit ${SHOWN_MAX}::int) p), '[]') as parts,
      coalesce((select json_agg(json_build_object('id', id, 'name', name)) from (select id, name from people
        where organisation_id = o.id and merged_into is null order by folded_name, id limit ${SHOWN_MAX}::int) m), '[]') as members,
      (select count(*)::int from people where organisation_id = o.id and merged_into is null) as member_count
    from organisations o where o.id = ${id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'organisation')
}
