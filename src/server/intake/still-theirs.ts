import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { freshSince } from '../people/index.ts'

/** Of so many of somebody's newest tickets it is looked when they spoke last. */
const LATEST_TICKETS = 20

/**
 * SQL over a contact point `c` and its person `p`: whether what comes from there now is taken for theirs. Of a number not after months of silence, and not
 * since whoever has it said that they are somebody else (SALAH). Whoever goes on by mail says nothing of who has the number.
 */
export const stillTheirs = (ctx: Pick<Reading, 'now'>) => sql<boolean>`(c.channel <> 'phone' or (
  c.disowned_at is null and not exists (select from participants x where x.contact_point_id = c.id and x.disowned_at is not null)
  and case when greatest(c.created_at, c.verified_at, (select max(since) from participants where contact_point_id = c.id)) > ${freshSince(ctx)} then true
    else coalesce((select max(m.at) from (select ticket_id from participants where person_id = p.id order by since desc limit ${LATEST_TICKETS}::int) theirs
      join messages m on m.ticket_id = theirs.ticket_id and m.author_id = p.id and m.direction = 'in' and m.channel <> 'email') > ${freshSince(ctx)}, false) end))`

/**
 * What somebody is called of whom only the number is known: the number, the same each time. Where that is what those are called of whom it is not taken any
 * more, with a count behind it: who has it now is not they.
 */
export function nameApart(number: string, others: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? number : `${number} (${count})`
    if (!others.includes(name)) return name
  }
}
