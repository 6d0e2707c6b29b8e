import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import type { State } from './states.ts'

/** The ticket in which a closed one goes on. */
export interface FollowUp {
  /** The closed one that was asked for. */
  of_id: string
  person_id: string
  id: string
  number: string
  state: State
  state_since: Date
}

const STEPS_MAX = 20

/**
 * For each ticket the newest that follows it, directly or through others, and in which this person takes part; left out where there is
 * none. Asked through the intake or the door `link`: whoever holds a link to the old ticket does not see the new one by it.
 */
export async function findFollowUps(
  ctx: Pick<Reading, 'db'>,
  asked: readonly { ticket_id: string; person_id: string }[],
): Promise<FollowUp[]> {
  if (asked.length === 0) return []
  const { rows } = await sql<FollowUp>`with recursive chain (of_id, person_id, id, steps) as (
      select ticket_id, person_id, ticket_id, 0 from unnest(${asked.map((one) => one.ticket_id)}::uuid[],
        ${asked.map((one) => one.person_id)}::uuid[]) as a (ticket_id, person_id)
      union select c.of_id, c.person_id, l.ticket_id, c.steps + 1 from chain c
        join ticket_links l on l.other_id = c.id and l.kind = 'follow_up' where c.steps < ${STEPS_MAX}::int)
    select distinct on (c.of_id, c.person_id) c.of_id, c.person_id, t.id, t.number::text, t.state, t.state_since
    from chain c join tickets t on t.id = c.id and t.spam_at is null
    join participants p on p.ticket_id = t.id and p.person_id = c.person_id and p.part <> 'suggested'
    where c.steps > 0 order by c.of_id, c.person_id, t.created_at desc, t.id desc`.execute(ctx.db)
  return rows
}
