import { sql, type RawBuilder } from 'kysely'
import type { StaffActor } from '../platform/context.ts'

export const views = ['mine', 'unassigned', 'desk', 'waiting', 'resolved', 'closed', 'possible', 'spam', 'all'] as const
export type View = (typeof views)[number]

/** The work views show what waits longest first, the others what is newest. */
export const isWorkView = (view: View): boolean => view === 'mine' || view === 'unassigned' || view === 'desk'

const onOurTable = sql`t.state in ('new', 'open', 'referred')`
const noSpam = sql`t.spam_at is null`

/** What stands in a view, over tickets as `t`. Row-level security goes on top; these conditions are what the indexes know. */
export function viewCondition(view: View, actor: StaffActor): RawBuilder<unknown> {
  switch (view) {
    case 'mine':
      return sql`t.holder_person_id = ${actor.person_id}::uuid and t.state in ('new', 'open', 'waiting', 'referred') and ${noSpam}`
    case 'unassigned':
      return sql`t.holder_person_id is null and ${onOurTable} and ${noSpam} and ${heldByOurs(actor)}`
    case 'desk':
      return sql`${onOurTable} and ${noSpam} and ${heldByOurs(actor)}`
    case 'waiting':
    case 'resolved':
    case 'closed':
      return sql`t.state = ${sql.lit(view)} and ${noSpam} and ${seenByOurs(actor)}`
    case 'possible':
      return sql`t.possible_ticket_id is not null and t.state <> 'closed' and ${noSpam} and ${seenByOurs(actor)}`
    case 'spam':
      return sql`t.spam_at is not null and ${seenByOurs(actor)}`
    case 'all':
      return sql`${noSpam} and ${seenByOurs(actor)}`
  }
}

/** Held by a desk where the actor works. An administrator without a desk looks after all of them. */
function heldByOurs(actor: StaffActor): RawBuilder<unknown> {
  const ids = actor.desks.map((desk) => desk.id)
  if (ids.length === 1) return sql`t.holder_desk_id = ${ids[0]}::uuid`
  return ids.length === 0 && actor.sees_all ? sql`true` : sql`t.holder_desk_id = any (${ids}::uuid[])`
}

/**
 * A hint, not a wall: what a desk may see are the tickets that it holds or held, so that PostgreSQL starts from the few rows of
 * ticket_desks instead of asking the policy about every ticket of the country. Grants are the policy's and come with referrals.
 */
function seenByOurs(actor: StaffActor): RawBuilder<unknown> {
  if (actor.sees_all) return sql`true`
  return sql`t.id in (select ticket_id from ticket_desks where desk_id = any (${actor.desks.map((desk) => desk.id)}::uuid[])
    union all select ticket_id from grants where person_id = ${actor.person_id}::uuid)`
}
