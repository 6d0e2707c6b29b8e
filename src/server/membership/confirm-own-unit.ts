import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { addDesk, AddDesk, changeDesk, changeOffices, confirmDesk, listOffices } from '../desks/index.ts'
import { addOrganisations, cleanName } from '../people/index.ts'
import { OFFICES_MAX } from './application-form.ts'

const { name, time_zone, hours, regions, members, mail_local_part } = AddDesk.shape
export const ConfirmOwnUnit = z.strictObject({
  /** The institution: an existing own-unit desk of it is used, else one is made. */
  organisation_id: z.uuid(),
  /** Of the desk, such as "Diskominfo Kota Contoh". */
  name,
  time_zone,
  hours,
  regions,
  members,
  mail_local_part,
  /** Names of the offices whose requests are its own. One of its place that the directory knows by just this name is that one, any other is added to it. */
  offices: z.array(z.string().trim().min(1).max(200)).max(OFFICES_MAX).default([]),
})
export type ConfirmOwnUnit = z.infer<typeof ConfirmOwnUnit>

/**
 * The IT unit of a regional government runs a desk for its own offices: makes it, or uses the one that the institution has, with its
 * offices (those it had stay), hours and staff, and confirms it; from then on it sees every request of them. For the secretariat's
 * coordinators and administrators who signed in recently. Answers the desk's id. Refuses forbidden, and like addDesk.
 */
export async function confirmOwnUnit(ctx: Writing, input: ConfirmOwnUnit): Promise<{ desk_id: string }> {
  const { organisation_id, offices, ...desk } = input
  const desk_id = await deskOf(ctx, organisation_id, desk)
  const [had, named] = [await listOffices(ctx, desk_id), await officesNamed(ctx, organisation_id, offices)]
  const organisation_ids = [...new Set([...had.map(({ id }) => id), ...named])]
  await changeOffices(ctx, { desk_id, organisation_ids })
  await confirmDesk(ctx, { desk_id })
  return { desk_id }
}

async function deskOf(
  ctx: Writing,
  organisation_id: string,
  desk: Omit<ConfirmOwnUnit, 'organisation_id' | 'offices'>,
): Promise<string> {
  const { rows } = await sql<{ id: string; members: ConfirmOwnUnit['members'] }>`select d.id,
      coalesce((select jsonb_agg(jsonb_build_object('person_id', m.person_id, 'role', m.role) order by m.person_id)
        from desk_members m where m.desk_id = d.id), '[]') as members
    from desks d where d.organisation_id = ${organisation_id}::uuid and d.kind = 'own_unit' and d.closed_at is null
    order by d.created_at, d.id limit 1 for update`.execute(ctx.tx)
  const [found] = rows
  if (!found) return addDesk(ctx, { ...desk, organisation_id, kind: 'own_unit', accepting: true, competences: [] })
  const others = found.members.filter((one) => !desk.members.some(({ person_id }) => person_id === one.person_id))
  const { mail_local_part, ...rest } = desk
  await changeDesk(ctx, {
    ...rest,
    ...(mail_local_part === null ? {} : { mail_local_part }),
    desk_id: found.id,
    members: [...others, ...desk.members],
  })
  return found.id
}

/**
 * Ids of the offices; those that the directory does not know are written down as parts of the institution. A name alone gives nobody the
 * requests of somebody else's office ("Dinas Kesehatan" there is everywhere): one that is known counts where it is a part of the institution, or
 * sits in its very place and belongs to no other own unit.
 */
async function officesNamed(ctx: Writing, organisation_id: string, offices: readonly string[]): Promise<string[]> {
  const names = [...new Map(offices.map((office) => [cleanName(office).toLowerCase(), cleanName(office)])).entries()]
  const { rows } = await sql<{
    id: string
    name: string
  }>`select (array_agg(o.id))[1] as id, lower(o.name) as name from organisations o join organisations i on i.id = ${organisation_id}::uuid
    where o.merged_into is null and lower(o.name) = any (${names.map(([folded]) => folded)}::text[])
      and (o.parent_id = i.id or (o.region_code = i.region_code and not exists (select from desk_offices f join desks d on d.id = f.desk_id
        where f.organisation_id = o.id and d.closed_at is null and d.organisation_id is distinct from i.id)))
    group by lower(o.name) having count(*) = 1`.execute(ctx.db)
  const known = new Map(rows.map((row) => [row.name, row.id]))
  const { rows: institutions } = await sql<{ region_code: string | null }>`select region_code from organisations
    where id = ${organisation_id}::uuid`.execute(ctx.db)
  const added = await addOrganisations(
    ctx,
    names
      .filter(([folded]) => !known.has(folded))
      .map(([, office]) => ({
        name: office,
        kind: 'regional_office',
        region_code: institutions[0]?.region_code ?? null,
        parent_id: organisation_id,
      })),
  )
  return [...known.values(), ...added.map(({ id }) => id)]
}
