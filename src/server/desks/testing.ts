/** For tests only: desks and the staff who work there. Not exported by index.ts. */
import type { DeskRole, Language, StaffActor, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { aPerson } from '../people/testing.ts'
import { loadRegions, type OpenHours } from '../regions/index.ts'
import { officeHours } from './office-hours.ts'
import { loadVocabulary } from './vocabulary.ts'

/** For tests that turn the clock on and are not about it: however late it is, they signed in a moment ago. */
export const JUST_NOW = new Date(8.64e15)

export interface TestDesk {
  id: string
  name: string
  kind: string
  time_zone: string
}

/**
 * A desk with office hours. Loads the vocabulary (a ticket needs an urgency), and the regions when it covers some.
 * Call as `system`.
 */
export async function aDesk(
  ctx: Writing,
  given: {
    name?: string
    kind?: 'secretariat' | 'province' | 'own_unit' | 'provider'
    organisation_id?: string
    mail_local_part?: string
    time_zone?: string
    accepting?: boolean
    regions?: string[]
    hours?: readonly OpenHours[]
    competences?: string[]
    closed_at?: Date
  } = {},
): Promise<TestDesk> {
  await loadVocabulary(ctx)
  const id = newId()
  const desk = {
    id,
    name: given.name ?? `Meja Contoh ${id.slice(-4)}`,
    kind: given.kind ?? 'province',
    time_zone: given.time_zone ?? 'Asia/Jakarta',
  }
  await ctx.tx
    .insertInto('desks')
    .values({
      ...desk,
      mail_local_part: given.mail_local_part ?? null,
      accepting: given.accepting ?? true,
      organisation_id: given.organisation_id ?? null,
      closed_at: given.closed_at ?? null,
    })
    .execute()
  const hours = (given.hours ?? officeHours).map((row) => ({ desk_id: id, ...row }))
  if (hours.length > 0) await ctx.tx.insertInto('desk_hours').values(hours).execute()
  if (given.regions?.length) {
    await loadRegions(ctx)
    await ctx.tx
      .insertInto('desk_regions')
      .values(given.regions.map((region_code) => ({ desk_id: id, region_code })))
      .execute()
  }
  if (given.competences?.length)
    await ctx.tx
      .insertInto('desk_competences')
      .values(given.competences.map((competence_code) => ({ desk_id: id, competence_code })))
      .execute()
  return desk
}

/**
 * Somebody who works: at `desk` (one is made when none is given) as agent or coordinator, or as administrator without a desk.
 * `sees_all` follows from the role and the desk unless given. Call as `system`, then act `as(staff)`.
 */
export async function aStaff(
  ctx: Writing,
  given: {
    role?: DeskRole | 'administrator'
    desk?: TestDesk
    sees_all?: boolean
    name?: string
    language?: Language
  } = {},
): Promise<StaffActor> {
  const person = await aPerson(ctx, {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.language === undefined ? {} : { language: given.language }),
  })
  const role = given.role ?? 'agent'
  const desk = given.desk ?? (role === 'administrator' ? undefined : await aDesk(ctx))
  const deskRole: DeskRole = role === 'administrator' ? 'coordinator' : role
  if (role === 'administrator') await ctx.tx.insertInto('roles').values({ person_id: person.id, role }).execute()
  if (desk)
    await ctx.tx.insertInto('desk_members').values({ desk_id: desk.id, person_id: person.id, role: deskRole }).execute()
  return {
    kind: 'staff',
    person_id: person.id,
    name: person.name,
    language: person.language,
    roles: role === 'administrator' ? ['administrator'] : [],
    desks: desk ? [{ ...desk, role: deskRole }] : [],
    sees_all: given.sees_all ?? (role === 'administrator' || desk?.kind === 'secretariat'),
    signed_in_at: JUST_NOW,
  }
}
