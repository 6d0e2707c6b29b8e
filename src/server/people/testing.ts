/** For tests only: people, organisations and roles that make their own parents. Not exported by index.ts. */
import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { foldName } from './fold-name.ts'

export interface TestPerson {
  id: string
  name: string
  language: Language
  organisation_id: string | null
  region_code: string | null
  /** The contact points that were made, or null. */
  email: string | null
  phone: string | null
}

/** A person with a mail address of their own; `email: null` for one without, `phone` in E.164 for one with a telephone. */
export async function aPerson(
  ctx: Writing,
  given: {
    name?: string
    email?: string | null
    phone?: string
    language?: Language
    organisation_id?: string
    region_code?: string
    verified?: boolean
  } = {},
): Promise<TestPerson> {
  const id = newId()
  const person: TestPerson = {
    id,
    name: given.name ?? `Orang Contoh ${id.slice(-4)}`,
    language: given.language ?? 'id',
    organisation_id: given.organisation_id ?? null,
    region_code: given.region_code ?? null,
    email: given.email === undefined ? `orang.${id.slice(-12)}@contoh.example` : given.email,
    phone: given.phone ?? null,
  }
  await sql`insert into people (id, name, folded_name, language, organisation_id, region_code, created_at)
    values (${id}::uuid, ${person.name}, ${foldName(person.name)}, ${person.language}, ${person.organisation_id}::uuid, ${person.region_code}, ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  const points = [
    { channel: 'email', address: person.email },
    { channel: 'phone', address: person.phone },
  ].flatMap(({ channel, address }) =>
    address === null
      ? []
      : [
          {
            id: newId(),
            person_id: id,
            channel,
            address,
            normalised: address.toLowerCase(),
            verified_at: given.verified ? ctx.now : null,
            created_at: ctx.now,
          },
        ],
  )
  if (points.length > 0) await ctx.tx.insertInto('contact_points').values(points).execute()
  return person
}

export async function anOrganisation(
  ctx: Writing,
  given: {
    name?: string
    kind?:
      | 'ministry'
      | 'vertical_office'
      | 'regional_office'
      | 'village'
      | 'school'
      | 'company'
      | 'association'
      | 'community'
  } = {},
): Promise<{ id: string; name: string; kind: string }> {
  const id = newId()
  const organisation = { id, name: given.name ?? `Dinas Contoh ${id.slice(-4)}`, kind: given.kind ?? 'regional_office' }
  await ctx.tx.insertInto('organisations').values(organisation).execute()
  return organisation
}

/** A person with the role administrator. The StaffActor that goes with it is built in desks/testing.ts. */
export async function anAdministrator(ctx: Writing, given: Parameters<typeof aPerson>[1] = {}): Promise<TestPerson> {
  const person = await aPerson(ctx, given)
  await ctx.tx.insertInto('roles').values({ person_id: person.id, role: 'administrator' }).execute()
  return person
}
