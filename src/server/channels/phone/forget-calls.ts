import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import type { Clearing, OldRows } from '../clear-old.ts'
import type { PersonTraces } from '../../people/index.ts'

/**
 * Forgets a person in what is known of calls: those that were written down as theirs, and those of numbers that are theirs alone. That there
 * was a call, when, and who took it, stays.
 */
export async function forgetPersonInCalls(ctx: Writing, { person_id, addresses }: PersonTraces): Promise<void> {
  const numbers = addresses
    .filter(({ alone, channel }) => alone && channel === 'phone')
    .map(({ normalised }) => normalised)
  await sql`update calls set number = null, number_told = '', note = ''
    where person_id = ${person_id}::uuid or number = any (${numbers}::text[])`.execute(ctx.tx)
  // Whom nobody knows any more, nobody calls back.
  await sql`update call_backs set number = null, done_at = coalesce(done_at, ${ctx.now}::timestamptz)
    where number = any (${numbers}::text[])`.execute(ctx.tx)
  await sql`delete from call_takers where person_id = ${person_id}::uuid`.execute(ctx.tx)
}

/** Numbers of calls, and what was noted about them: a ticket keeps its own words. Nobody's under a legal hold. */
export const callNumbers: Clearing = {
  async find(ctx, before, most) {
    const { rows } = await sql<OldRows>`select c.id, c.at, c.direction || ' ' || c.state as what from calls c
      where c.at < ${before}::timestamptz and (c.number is not null or coalesce(c.number_told, '') <> '' or c.note <> '')
        and not exists (select from call_backs b where b.id = c.call_back_id and b.done_at is null)
        and not exists (select from legal_holds h where h.lifted_at is null and (h.person_id = c.person_id
          or exists (select from participants p where p.person_id = h.person_id and p.ticket_id = c.ticket_id)
          or exists (select from contact_points o where o.person_id = h.person_id and o.channel = 'phone' and o.normalised = c.number)))
      order by c.at, c.id limit ${most}::int`.execute(ctx.db)
    return rows
  },
  async clear(ctx, ids) {
    await sql`with cleared as (
        update calls set number = null, number_told = '', note = '' where id = any (${[...ids]}::uuid[]) returning call_back_id)
      update call_backs set number = null where done_at is not null and id in (select call_back_id from cleared)`.execute(
      ctx.tx,
    )
    return []
  },
}
