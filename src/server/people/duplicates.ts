import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'

interface Named {
  id: string
  name: string
  organisation: string | null
}
/** Two rows that may be one person, with what speaks for it. */
export interface SuggestedPair {
  one: Named
  other: Named
  /** Addresses that both have. */
  addresses: string[]
  /** The same name at the same organisation. */
  same_name: boolean
}

/** Among how many of the newest people duplicates are looked for: they come with new requests. */
const NEWEST = 2_000
/** An office's mailbox belongs to many, which says nothing. */
const SHARERS_MAX = 5
const PAIRS_MAX = 50

/**
 * Pairs that may be one person: the same address under different names, or the same name at the same organisation; of the newest
 * people, or of one with `person_id`. Not who works here, nor pairs of which somebody said that they are two. At most 50, the newest first.
 * For the secretariat's coordinators and administrators.
 */
export async function suggestDuplicates(ctx: Reading, question: { person_id?: string } = {}): Promise<SuggestedPair[]> {
  mustCoordinateAll(ctx.actor)
  const person_id = question.person_id ?? null
  const { rows } = await sql<SuggestedPair>`
    with asked as (
      select id, folded_name, organisation_id from people
      where merged_into is null and (${person_id}::uuid is null or id = ${person_id}::uuid) order by id desc limit ${NEWEST}::int),
    alike as (
      select asked.id as a, o.person_id as b, c.normalised as address, false as same_name
      from asked join contact_points c on c.person_id = asked.id
      cross join lateral (select person_id from contact_points o where o.channel = c.channel and o.normalised = c.normalised
        and o.person_id <> asked.id order by o.person_id desc limit ${SHARERS_MAX}::int) o
      union all
      select asked.id, p.id, null, true from asked
      cross join lateral (select id from people p where p.organisation_id = asked.organisation_id and p.folded_name = asked.folded_name
        and p.id <> asked.id order by p.id desc limit ${SHARERS_MAX}::int) p),
    pairs as (
      select least(a, b) as a, greatest(a, b) as b, array_remove(array_agg(distinct address), null) as addresses, bool_or(same_name) as same_name
      from alike group by 1, 2)
    select json_build_object('id', a.id, 'name', a.name, 'organisation', ao.name) as one,
      json_build_object('id', b.id, 'name', b.name, 'organisation', bo.name) as other, pairs.addresses, pairs.same_name
    from pairs join people a on a.id = pairs.a and a.merged_into is null join people b on b.id = pairs.b and b.merged_into is null
    left join organisations ao on ao.id = a.organisation_id left join organisations bo on bo.id = b.organisation_id
    where not exists (select from accounts where person_id in (a.id, b.id))
      and not exists (select from kept_apart k where k.one_id = a.id and k.other_id = b.id)
    order by pairs.b desc, pairs.a desc limit ${PAIRS_MAX}::int`.execute(ctx.db)
  return rows
}

export const KeepApart = z.strictObject({ one_id: z.uuid(), other_id: z.uuid() })
export type KeepApart = z.infer<typeof KeepApart>

/** They are two people: not suggested again. For the secretariat's coordinators and administrators. Records `person.kept_apart`. */
export async function keepApart(ctx: Writing, { one_id, other_id }: KeepApart): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into kept_apart (of, one_id, other_id, said_by, said_at)
    values ('people', least(${one_id}::uuid, ${other_id}::uuid), greatest(${one_id}::uuid, ${other_id}::uuid), ${by}::uuid, ${ctx.now}::timestamptz)
    on conflict do nothing`.execute(ctx.tx)
  await record(ctx, 'person.kept_apart', { about: { person_id: one_id, other_id } })
}
