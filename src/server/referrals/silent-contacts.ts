import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { lapseContacts } from '../desks/index.ts'
import { freshSince } from '../people/index.ts'

/**
 * SQL over a duty contact `d` and its contact point `c`: nothing came from the number for so long, since it was proven, that somebody else may have it. They
 * would read of offers and cases, and answer them.
 */
export const numberIsSilent = (ctx: Pick<Reading, 'now'>) => sql<boolean>`(d.channel in ('sms', 'whatsapp')
  and greatest(d.proven_at, (select max(v.last_in_at) from conversations v
    where v.channel in ('sms', 'whatsapp') and v.address = c.normalised)) <= ${freshSince(ctx)})`

const AT_ONCE_MAX = 500

/** Of one desk, before it is told of anything. */
export async function lapseSilentContacts(ctx: Writing, desk_id: string): Promise<void> {
  const { rows } = await sql<{
    id: string
  }>`select d.id from duty_contacts d join contact_points c on c.id = d.contact_point_id
    where d.desk_id = ${desk_id}::uuid and d.ended_at is null and d.proven_at is not null and ${numberIsSilent(ctx)}
    order by d.id limit ${AT_ONCE_MAX}::int`.execute(ctx.db)
  await lapse(ctx, rows)
}

/** Of these numbers, from which texts have just come, before they are taken for anybody's. */
export async function lapseSilentNumbers(ctx: Writing, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return
  const { rows } = await sql<{
    id: string
  }>`select d.id from contact_points c join duty_contacts d on d.contact_point_id = c.id
    where c.channel = 'phone' and c.normalised = any (${[...new Set(addresses)]}::text[]) and d.ended_at is null
      and d.proven_at is not null and ${numberIsSilent(ctx)}
    order by d.id limit ${AT_ONCE_MAX}::int`.execute(ctx.db)
  await lapse(ctx, rows)
}

const lapse = (ctx: Writing, rows: readonly { id: string }[]) =>
  lapseContacts(
    ctx,
    rows.map(({ id }) => id),
  )
