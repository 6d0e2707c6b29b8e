import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import { mustBeStaff } from './may.ts'
import type { AddressChannel } from './normalise-address.ts'

export interface SeenPerson {
  id: string
  name: string
  language: 'id' | 'en'
  organisation: { id: string; name: string } | null
  region_code: string | null
  created_at: Date
  contact_points: {
    id: string
    channel: AddressChannel
    address: string
    /** The form in which addresses are compared. */
    normalised: string
    verified_at: string | null
  }[]
  consents: { purpose: string; text_version: number; channel: string; given_at: string; withdrawn_at: string | null }[]
}

/**
 * One person with everything that people/ knows. Looking is recorded (`person.seen`): it is personal data. Staff only; refuses
 * not_found for somebody who stands on no ticket that they see. Of a colleague only the name is shown.
 */
export async function seePerson(ctx: Reading, person_id: string): Promise<SeenPerson> {
  mustBeStaff(ctx.actor)
  if (!isId(person_id)) refuse('not_found', 'person')
  const { rows } = await sql<SeenPerson>`
    select p.id, p.name, p.language, p.region_code, p.created_at,
      case when o.id is not null then jsonb_build_object('id', o.id, 'name', o.name) end as organisation,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'channel', channel, 'address', address, 'normalised', normalised, 'verified_at', verified_at)) from
        (select * from contact_points where person_id = p.id order by created_at, id limit 50) as c), '[]') as contact_points,
      coalesce((select jsonb_agg(jsonb_build_object('purpose', purpose, 'text_version', text_version, 'channel', channel,
        'given_at', given_at, 'withdrawn_at', withdrawn_at)) from
        (select * from consents where person_id = p.id order by given_at desc, id limit 50) as s), '[]') as consents
    from people p left join organisations o on o.id = p.organisation_id
    where p.id = ${person_id}::uuid`.execute(ctx.db)
  const person = rows[0] ?? refuse('not_found', 'person')
  seen(ctx, 'person.seen', { about: { person_id } })
  return person
}
