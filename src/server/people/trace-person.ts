import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { namingOf, type Naming } from '../platform/redact.ts'
import { refuse } from '../platform/refusal.ts'
import type { AddressChannel } from './normalise-address.ts'

/** By what a person is found in the rows of all other folders. */
export interface PersonTraces {
  person_id: string
  /** Their own id, and those of rows that were merged into theirs: a name or an address may still stand there. */
  ids: string[]
  name: string
  /** Of all their rows. */
  names: string[]
  folded_names: string[]
  /** Colleagues' and former colleagues' rows keep saying that somebody worked here. */
  is_staff: boolean
  erased_at: Date | null
  /** `alone`: nobody else has this address, so whatever came from it or went to it is theirs. */
  addresses: { channel: AddressChannel; address: string; normalised: string; alone: boolean }[]
  naming: Naming
  /** By addresses and numbers of theirs alone: nobody else can be meant, wherever they stand. */
  addressed: Naming
  /** By their whole name: perhaps somebody else is meant. */
  named: Naming
}

/** Refuses not_found for an id of nobody, and conflict for a row that was merged into another one: that one is the person. */
export async function tracePerson(ctx: Reading, person_id: string): Promise<PersonTraces> {
  const { rows } = await sql<Omit<PersonTraces, 'naming' | 'addressed' | 'named'> & { merged_into: string | null }>`
    with own as (select id, name, folded_name from people where id = ${person_id}::uuid or merged_into = ${person_id}::uuid)
    select p.id as person_id, array(select id from own order by id) as ids, array(select distinct name from own order by name) as names,
      array(select distinct folded_name from own order by folded_name) as folded_names, p.name, p.erased_at, p.merged_into,
      exists (select from accounts a where a.person_id = p.id) or exists (select from api_tokens k where k.person_id = p.id) as is_staff,
      coalesce((select jsonb_agg(jsonb_build_object('channel', c.channel, 'address', c.address, 'normalised', c.normalised,
        'alone', not exists (select from contact_points o where o.channel = c.channel and o.normalised = c.normalised
          and o.person_id not in (select id from own))) order by c.created_at, c.id)
        from contact_points c where c.person_id in (select id from own)), '[]') as addresses
    from people p where p.id = ${person_id}::uuid`.execute(ctx.db)
  const { merged_into, ...person } = rows[0] ?? refuse('not_found', 'person')
  if (merged_into) refuse('conflict', 'privacy.merged')
  const { names } = person
  // A shared address names others too; in their words it stays.
  const addresses = [
    ...new Set(
      person.addresses.filter(({ alone }) => alone).flatMap(({ address, normalised }) => [address, normalised]),
    ),
  ]
  return {
    ...person,
    naming: namingOf({ names, addresses }),
    addressed: namingOf({ names: [], addresses }),
    named: { ...namingOf({ names, addresses: [] }), as_name: null },
  }
}
