import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'

/**
 * From now on these duty contacts count: it is proven otherwise than by their own link (duty-links.ts) that the address is theirs. Whoever calls has
 * asked for the proof; row-level security decides whether the actor may. One that ended or is proven stays as it is. Records `duty.proven`.
 */
export async function proveContacts(
  ctx: Writing,
  { duty_contact_ids, by }: { duty_contact_ids: readonly string[]; by: 'application' },
): Promise<void> {
  const { rows } = await sql<{
    id: string
    desk_id: string
    person_id: string
  }>`update duty_contacts set proven_at = ${ctx.now}::timestamptz
    where id = any (${[...duty_contact_ids]}::uuid[]) and ended_at is null and proven_at is null
    returning id, desk_id, person_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, desk_id, person_id }) => ({
      kind: 'duty.proven',
      about: { desk_id, duty_contact_id: id, person_id, by },
    })),
  )
}
