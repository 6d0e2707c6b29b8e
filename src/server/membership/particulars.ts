import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import type { ApplicationForm } from './application-form.ts'

/** What an institution said of itself and the directory does not show: for its own people and the secretariat. */
export interface Particulars {
  has_legal_form: boolean
  business: string
  address: string
  nib: string | null
  npwp: string | null
  ahu: string | null
  recorded_at: Date
}

/** Keeps it with the organisation when its application is approved; what was said before stays to be read, and the newest counts. */
export async function keepParticulars(
  ctx: Writing,
  given: { organisation_id: string; application_id: string; form: ApplicationForm },
): Promise<void> {
  const { institution, identifiers, business } = given.form
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into organisation_particulars (id, organisation_id, application_id, has_legal_form, business, address, nib, npwp, ahu,
      recorded_at, recorded_by)
    values (${newId()}::uuid, ${given.organisation_id}::uuid, ${given.application_id}::uuid, ${institution.has_legal_form}::boolean, ${business},
      ${institution.address}, ${identifiers.nib}::text, ${identifiers.npwp}::text, ${identifiers.ahu}::text, ${ctx.now}::timestamptz, ${by}::uuid)`.execute(
    ctx.tx,
  )
}

/** The newest of an organisation; null where nothing was said, and for whoever works neither there nor at the secretariat. */
export async function seeParticulars(ctx: Reading, organisation_id: string): Promise<Particulars | null> {
  const { rows } =
    await sql<Particulars>`select has_legal_form, business, address, nib, npwp, ahu, recorded_at from organisation_particulars
    where organisation_id = ${organisation_id}::uuid order by recorded_at desc, id desc limit 1`.execute(ctx.db)
  return rows[0] ?? null
}
