import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { normaliseAddress, type AddressChannel } from './normalise-address.ts'

/** Writes down more addresses of people, unconfirmed; what is known already or is no address is left out. */
export async function addContactPoints(
  ctx: Writing,
  points: readonly { person_id: string; channel: AddressChannel; address: string }[],
): Promise<void> {
  const rows = points.flatMap(({ person_id, channel, address }) => {
    const normal = normaliseAddress(channel, address)
    return normal ? [{ id: newId(), person_id, channel, ...normal }] : []
  })
  if (rows.length === 0) return
  await sql`insert into contact_points (id, person_id, channel, address, normalised, created_at)
    select id, person_id, channel, address, normalised, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p (id uuid, person_id uuid, channel text, address text, normalised text)
    on conflict (person_id, channel, normalised) do nothing`.execute(ctx.tx)
}
