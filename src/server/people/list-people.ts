import { sql } from 'kysely'
import { z } from 'zod'
import type { Actor, Reading } from '../platform/context.ts'
import { mayCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import { foldName } from './fold-name.ts'
import { mustBeStaff } from './may.ts'
import { normaliseAddress, type AddressChannel } from './normalise-address.ts'
import { readInput } from './read-input.ts'

export const ListPeople = z.object({
  query: z.string().max(200).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.int().min(1).max(200).default(50),
})
export type ListPeople = z.input<typeof ListPeople>

export interface PersonRow {
  id: string
  name: string
  language: 'id' | 'en'
  organisation: { id: string; name: string } | null
  /** At most five, verified ones first. */
  contact_points: { channel: AddressChannel; address: string; verified_at: string | null }[]
  /** Somebody whose data may not be used: for all but the secretariat's coordinators they have no name, organisation or address here. */
  restricted: boolean
}

/**
 * People whom the actor sees by their tickets, and themselves, by name, 50 at a time. `query` finds a part of the name, or a whole mail
 * address, telephone number or Telegram chat however it is written. Of somebody restricted (law 27/2022, articles 11 and 41) a list says only that there is
 * somebody: whoever works on their request has it before them. Staff only (forbidden).
 */
export async function listPeople(
  ctx: Reading,
  question: ListPeople = {},
): Promise<{ items: PersonRow[]; next: string | null }> {
  mustBeStaff(ctx.actor)
  const { query = '', cursor, limit } = readInput(ListPeople, question)
  const words = foldName(query)
  const points = (['email', 'phone', 'telegram'] as const).flatMap((channel) => {
    const point = normaliseAddress(channel, query.trim())
    return point ? [{ channel, normalised: point.normalised }] : []
  })
  const after = readCursor(cursor)
  // The walls would let through no more, but only after asking for everybody in the country one by one.
  const sees_all = ctx.actor.kind === 'system' || (ctx.actor.kind === 'staff' && ctx.actor.sees_all)
  const met = sees_all ? sql`true` : sql`p.id in (select person_id from people_met() as m (person_id))`
  const wanted =
    query.trim() === ''
      ? sql`true`
      : sql`(p.folded_name like ${`%${
          words ||
          query
            .trim()
            .toLowerCase()
            .replace(/[\\%_]/g, '\\$&')
        }%`}
          or p.id in (select g.merged_into from people g where g.merged_into is not null and g.folded_name like ${`%${words}%`}::text and ${words !== ''}::boolean)
          or p.id in (select person_id from contact_points where (channel, normalised) in (
            select * from jsonb_to_recordset(${JSON.stringify(points)}::jsonb) as a (channel text, normalised text))))`
  const { rows } = await sql<PersonRow & { folded_name: string }>`
    select p.id, p.name, p.folded_name, p.language, is_restricted(p.id) as restricted,
      case when o.id is not null then jsonb_build_object('id', o.id, 'name', o.name) end as organisation,
      coalesce(points.list, '[]') as contact_points
    from people p left join organisations o on o.id = p.organisation_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('channel', channel, 'address', address, 'verified_at', verified_at)) as list
      from (select * from contact_points where person_id = p.id order by verified_at nulls last, created_at, id limit 5) as c) as points on true
    where p.merged_into is null and ${met} and ${wanted} and ${after ? sql`(p.folded_name, p.id) > (${after.folded_name}, ${after.id}::uuid)` : sql`true`}
    order by p.folded_name, p.id limit ${limit + 1}::int`.execute(ctx.db)
  seen(ctx, 'people.searched', { details: { query } })
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map(({ folded_name: _, ...row }) => (mayUse(ctx.actor, row) ? row : hidden(row))),
    next: last ? writeCursor(last) : null,
  }
}

const mayUse = (actor: Actor, { id, restricted }: PersonRow): boolean =>
  !restricted || mayCoordinateAll(actor) || ('person_id' in actor && actor.person_id === id)
const hidden = (row: PersonRow): PersonRow => ({ ...row, name: '', organisation: null, contact_points: [] })

const Cursor = z.object({ folded_name: z.string().regex(/^[^\0]*$/), id: z.uuid() })
export const writeCursor = ({ folded_name, id }: z.infer<typeof Cursor>) =>
  Buffer.from(JSON.stringify({ folded_name, id })).toString('base64url')

/** Refuses one that is not ours (an old bookmark, a guess). */
export function readCursor(cursor: string | undefined): z.infer<typeof Cursor> | null {
  if (!cursor) return null
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    return refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  }
}
