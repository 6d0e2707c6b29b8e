import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { cleanName } from './fold-name.ts'
import { must } from '../platform/may.ts'
import { readInput } from './read-input.ts'

export const organisationKinds = [
  'ministry',
  'vertical_office',
  'regional_office',
  'village',
  'school',
  'company',
  'association',
  'community',
] as const

export interface OrganisationRow {
  id: string
  name: string
  kind: (typeof organisationKinds)[number]
  region_code: string | null
  parent_id: string | null
}

const LIST_MAX = 200

/** Organisations whose name contains `query`, by name; at most 200, `more` says whether there are others. Staff only (forbidden). */
export async function listOrganisations(
  ctx: Reading,
  question: { query?: string } = {},
): Promise<{ items: OrganisationRow[]; more: boolean }> {
  must(ctx.actor, 'organisation.list')
  const { rows } = await sql<OrganisationRow>`select id, name, kind, region_code, parent_id from organisations
    where merged_into is null and lower(name) like ${nameLike(question.query ?? '')} order by lower(name), id limit ${LIST_MAX + 1}::int`.execute(
    ctx.db,
  )
  return { items: rows.slice(0, LIST_MAX), more: rows.length > LIST_MAX }
}

/** The one organisation of the directory with just this name, in any case; null for none and for several. */
export async function organisationNamed(ctx: Reading, name: string): Promise<string | null> {
  const { rows } = await sql<{
    id: string
  }>`select id from organisations where merged_into is null and lower(name) = lower(${cleanName(name)}::text) order by id limit 2`.execute(
    ctx.db,
  )
  return rows.length === 1 ? rows[0]!.id : null
}

/** What was typed as a pattern: anywhere in the name, and its own % and _ as they stand. */
export const nameLike = (typed: string): string =>
  `%${typed
    .trim()
    .toLowerCase()
    .slice(0, 200)
    .replace(/[\\%_]/g, '\\$&')}%`

export const AddOrganisation = z.strictObject({
  name: z.string().transform(cleanName).pipe(z.string().min(1, 'fault.required')),
  kind: z.enum(organisationKinds),
  region_code: z.string().max(20).nullable().default(null),
  parent_id: z.uuid().nullable().default(null),
})
export type AddOrganisation = z.input<typeof AddOrganisation>

/** Writes down an organisation. Staff only. Records `organisation.added`. */
export async function addOrganisation(ctx: Writing, input: AddOrganisation): Promise<{ id: string }> {
  const [added] = await addOrganisations(ctx, [input])
  return added!
}

/** The plural: one answer per input, in order. */
export async function addOrganisations(ctx: Writing, inputs: readonly AddOrganisation[]): Promise<{ id: string }[]> {
  must(ctx.actor, 'organisation.add')
  const rows = inputs.map((input) => ({ id: newId(), ...readInput(AddOrganisation, input) }))
  await sql`insert into organisations (id, name, kind, region_code, parent_id, created_at)
    select id, name, kind, region_code, parent_id, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as o (id uuid, name text, kind text, region_code text, parent_id uuid)`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    rows.map(({ id }) => ({ kind: 'organisation.added' as const, about: { organisation_id: id } })),
  )
  return rows.map(({ id }) => ({ id }))
}
