import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { mayChangeDesk } from '../desks/index.ts'
import { renameOrganisation } from '../people/index.ts'
import { ApplicationForm } from './application-form.ts'

/** What an institution said of itself and the directory does not show: for its own people and the secretariat. */
export interface Particulars {
  has_legal_form: boolean
  business: string
  address: string
  nib: string | null
  npwp: string | null
  ahu: string | null
  /** Who answers for it, and as what. */
  responsible_name: string
  responsible_role: string
  recorded_at: Date
}

/** Keeps it with the organisation when its application is approved; what was said before stays to be read, and the newest counts. */
export const keepParticulars = (
  ctx: Writing,
  given: { organisation_id: string; application_id: string; form: ApplicationForm },
): Promise<void> => {
  const { organisation_id, application_id, form } = given
  const { institution, identifiers, business, responsible } = form
  const { has_legal_form, address } = institution
  const said = { has_legal_form, business, address, ...identifiers }
  return insertParticulars(ctx, {
    organisation_id,
    application_id,
    said: { ...said, responsible_name: responsible.name, responsible_role: responsible.role },
  })
}

const { institution, identifiers, responsible } = ApplicationForm.shape
/** What makes sense of an office of a government: no trade, no legal form of its own, and of the identifiers the tax number alone. */
export const ChangeUnitParticulars = z.strictObject({
  /** The own-unit desk whose institution it is. */
  desk_id: z.uuid(),
  name: institution.shape.name,
  kind: institution.shape.kind,
  address: institution.shape.address,
  npwp: identifiers.unwrap().shape.npwp,
  responsible_name: responsible.shape.name,
  responsible_role: responsible.shape.role,
})
export type ChangeUnitParticulars = z.output<typeof ChangeUnitParticulars>

/**
 * The coordinator of a regional government's own unit corrects what is said of their institution, which has no renewal that would: its name and kind,
 * address, tax number, and who answers for it. What was said before stays to be read. Refuses `not_found` for whoever does not lead that desk,
 * `conflict` (desk.own_unit) for another kind of desk or one without an institution. Records `organisation.particulars_changed`.
 */
export async function changeUnitParticulars(ctx: Writing, input: ChangeUnitParticulars): Promise<void> {
  const { desk_id, name, kind, ...said } = input
  if (!mayChangeDesk(ctx.actor, desk_id, ['hours'])) refuse('not_found', 'desk')
  const { rows } = await sql<{ organisation_id: string }>`select organisation_id from desks
    where id = ${desk_id}::uuid and kind = 'own_unit' and organisation_id is not null and closed_at is null for update`.execute(
    ctx.tx,
  )
  const { organisation_id } = rows[0] ?? refuse('conflict', 'desk.own_unit')
  await renameOrganisation(ctx, { id: organisation_id, name, kind })
  const before = await seeParticulars(ctx, organisation_id)
  const { has_legal_form = false, business = '', nib = null, ahu = null } = before ?? {}
  await insertParticulars(ctx, {
    organisation_id,
    application_id: null,
    said: { has_legal_form, business, nib, ahu, ...said },
  })
  await record(ctx, 'organisation.particulars_changed', { about: { organisation_id, desk_id } })
}

async function insertParticulars(
  ctx: Writing,
  given: { organisation_id: string; application_id: string | null; said: Omit<Particulars, 'recorded_at'> },
): Promise<void> {
  const { said } = given
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into organisation_particulars (id, organisation_id, application_id, has_legal_form, business, address, nib, npwp, ahu,
      responsible_name, responsible_role, recorded_at, recorded_by)
    values (${newId()}::uuid, ${given.organisation_id}::uuid, ${given.application_id}::uuid, ${said.has_legal_form}::boolean, ${said.business},
      ${said.address}, ${said.nib}::text, ${said.npwp}::text, ${said.ahu}::text, ${said.responsible_name}, ${said.responsible_role},
      ${ctx.now}::timestamptz, ${by}::uuid)`.execute(ctx.tx)
}

/** The newest of an organisation; null where nothing was said, and for whoever works neither there nor at the secretariat. */
export async function seeParticulars(ctx: Reading, organisation_id: string): Promise<Particulars | null> {
  const { rows } =
    await sql<Particulars>`select has_legal_form, business, address, nib, npwp, ahu, responsible_name, responsible_role, recorded_at
    from organisation_particulars
    where organisation_id = ${organisation_id}::uuid order by recorded_at desc, id desc limit 1`.execute(ctx.db)
  return rows[0] ?? null
}
