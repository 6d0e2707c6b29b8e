import { sql } from 'kysely'
import type { OpenHours } from '../regions/index.ts'
import { codeOf } from '../platform/database.ts'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

export interface DeskParts {
  regions?: readonly string[] | undefined
  hours?: readonly OpenHours[] | undefined
  competences?: readonly string[] | undefined
  members?: readonly { person_id: string; role: 'agent' | 'coordinator' }[] | undefined
}

/** Makes the given parts of a desk what the input says; a part that is not given stays. */
export async function saveDeskParts(ctx: Writing, desk_id: string, parts: DeskParts): Promise<void> {
  if (parts.regions) await saveRegions(ctx, desk_id, parts.regions)
  if (parts.hours) await saveHours(ctx, desk_id, parts.hours)
  if (parts.competences) await saveCompetences(ctx, desk_id, parts.competences)
  if (parts.members) await saveMembers(ctx, desk_id, parts.members)
}

// In each: rows that are to stay are left alone (a member's `since` must not move); one statement deletes, one inserts.
async function saveRegions(ctx: Writing, desk_id: string, regions: readonly string[]) {
  await sql`delete from desk_regions where desk_id = ${desk_id}::uuid and region_code <> all (${regions}::text[])`.execute(
    ctx.tx,
  )
  await sql`insert into desk_regions (desk_id, region_code) select ${desk_id}::uuid, code from unnest(${regions}::text[]) as r (code)
    on conflict do nothing`.execute(ctx.tx)
}

async function saveHours(ctx: Writing, desk_id: string, hours: readonly OpenHours[]) {
  await ctx.tx.deleteFrom('desk_hours').where('desk_id', '=', desk_id).execute()
  await sql`insert into desk_hours (desk_id, weekday, opens, closes)
    select ${desk_id}::uuid, weekday, opens, closes
    from jsonb_to_recordset(${JSON.stringify(hours)}::jsonb) as h (weekday int, opens time, closes time)`.execute(
    ctx.tx,
  )
}

async function saveCompetences(ctx: Writing, desk_id: string, competences: readonly string[]) {
  await sql`delete from desk_competences where desk_id = ${desk_id}::uuid and competence_code <> all (${competences}::text[])`.execute(
    ctx.tx,
  )
  await sql`insert into desk_competences (desk_id, competence_code)
    select ${desk_id}::uuid, code from unnest(${competences}::text[]) as c (code) on conflict do nothing`.execute(
    ctx.tx,
  )
}

async function saveMembers(ctx: Writing, desk_id: string, members: NonNullable<DeskParts['members']>) {
  await sql`delete from desk_members where desk_id = ${desk_id}::uuid
    and person_id <> all (${members.map((member) => member.person_id)}::uuid[])`.execute(ctx.tx)
  await sql`insert into desk_members (desk_id, person_id, role)
    select distinct on (person_id) ${desk_id}::uuid, person_id, role
    from jsonb_to_recordset(${JSON.stringify(members)}::jsonb) as m (person_id uuid, role text) order by person_id, role desc
    on conflict (desk_id, person_id) do update set role = excluded.role where desk_members.role <> excluded.role`.execute(
    ctx.tx,
  )
}

/** The table's constraints have the last word; what they say about an address or an unknown code is a refusal, not a bug. */
export async function refuseBadParts<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (codeOf(error) === '23505')
      refuse('conflict', 'desk.address_taken', [{ path: 'mail_local_part', key: 'desk.address_taken' }])
    if (codeOf(error) === '23503') refuse('invalid', 'desk.unknown_part')
    throw error
  }
}
