import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { normaliseAddress, type AddressChannel } from './normalise-address.ts'

export interface AddedContactPoint {
  id: string
  person_id: string
  channel: AddressChannel
  address: string
}

/**
 * Writes down more addresses of people that the actor sees, unconfirmed; what is known already or is no address is left out. Answers
 * those that are new, and records `person.address_added` for each. A mail address leads to no ticket that its person has already.
 */
export async function addContactPoints(
  ctx: Writing,
  points: readonly { person_id: string; channel: AddressChannel; address: string }[],
): Promise<AddedContactPoint[]> {
  const rows = points.flatMap(({ person_id, channel, address }) => {
    const normal = normaliseAddress(channel, address)
    return normal ? [{ id: newId(), person_id, channel, ...normal }] : []
  })
  if (rows.length === 0) return []
  const { rows: added } =
    await sql<AddedContactPoint>`insert into contact_points (id, person_id, channel, address, normalised, created_at)
    select id, person_id, channel, address, normalised, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p (id uuid, person_id uuid, channel text, address text, normalised text)
    on conflict (person_id, channel, normalised) do nothing
    returning id, person_id, channel, address`.execute(ctx.tx)
  await recordAll(
    ctx,
    added.map(({ id, person_id, channel }) => ({
      kind: 'person.address_added',
      about: { person_id, contact_point_id: id, channel },
    })),
  )
  return added
}
