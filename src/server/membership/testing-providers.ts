/** For tests only: members and partners that stand in the directory. Not exported by index.ts. */
import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { aDesk, type TestDesk } from '../desks/testing.ts'
import { anOrganisation } from '../people/testing.ts'
import { loadRegions } from '../regions/index.ts'

export interface TestProvider {
  organisation: { id: string; name: string }
  desk: TestDesk
  affiliation_id: string
}

/** A member (or partner) with its desk, a term that began a year ago, and what it represents and can do. Call as `system`. */
export async function aProvider(
  ctx: Writing,
  given: {
    name?: string
    kind?: 'member' | 'partner'
    regions?: string[]
    represents?: string[]
    competences?: { code: string; level?: number; valid_until?: Date }[]
    serves_neighbours?: boolean
    serves_nation?: boolean
    starts_at?: Date
    ends_at?: Date | null
    suspended?: boolean
  } = {},
): Promise<TestProvider> {
  await loadRegions(ctx)
  const name = given.name ?? `Lembaga Contoh ${newId().slice(-4)}`
  const organisation = { ...(await anOrganisation(ctx, { name, kind: 'community' })), name }
  const desk = await aDesk(ctx, {
    name,
    kind: 'provider',
    organisation_id: organisation.id,
    regions: given.regions ?? [],
  })
  const affiliation_id = newId()
  const kind = given.kind ?? 'member'
  await sql`update desks set serves_neighbours = ${given.serves_neighbours ?? false}, serves_nation = ${given.serves_nation ?? false}
    where id = ${desk.id}::uuid`.execute(ctx.tx)
  await sql`insert into affiliations (id, organisation_id, desk_id, kind, starts_at, ends_at, suspended_at)
    values (${affiliation_id}::uuid, ${organisation.id}::uuid, ${desk.id}::uuid, ${kind},
      coalesce(${given.starts_at ?? null}::timestamptz, ${ctx.now}::timestamptz - interval '1 year'), ${given.ends_at ?? null}::timestamptz,
      ${given.suspended ? ctx.now : null}::timestamptz)`.execute(ctx.tx)
  await sql`insert into representations (id, organisation_id, province_code, kind, since)
    select gen_random_uuid(), ${organisation.id}::uuid, code, ${kind}, ${ctx.now}::timestamptz - interval '1 year'
    from unnest(${given.represents ?? []}::text[]) as r (code)`.execute(ctx.tx)
  await sql`insert into desk_competences (desk_id, competence_code, level, valid_until)
    select ${desk.id}::uuid, code, coalesce(level, 1), valid_until
    from jsonb_to_recordset(${JSON.stringify(given.competences ?? [])}::jsonb) as c (code text, level int, valid_until timestamptz)`.execute(
    ctx.tx,
  )
  return { organisation, desk, affiliation_id }
}
