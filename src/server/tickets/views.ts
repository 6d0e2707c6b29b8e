import { sql, type RawBuilder } from 'kysely'
import type { StaffActor } from '../platform/context.ts'

export const views = ['mine', 'unassigned', 'desk', 'waiting', 'resolved', 'closed', 'possible', 'spam', 'all'] as const
export type View = (typeof views)[number]

/** The work views show what waits longest first, the others what is newest. */
export const isWorkView = (view: View): boolean => view === 'mine' || view === 'unassigned' || view === 'desk'

const onOurTable = sql`t.state in ('new', 'open', 'referred')`
const noSpam = sql`t.spam_at is null`

/** What stands in a view, over {@link viewTickets}. Row-level security goes on top; these conditions are what the indexes know. */
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
      return sql`t.state = ${sql.lit(view)} and ${noSpam}`
    case 'possible':
      return sql`t.possible_ticket_id is not null and t.state <> 'closed' and ${noSpam}`
    case 'spam':
      return sql`t.spam_at is not null`
    case 'all':
      return noSpam
  }
}

/** Held by a desk where the actor works. An administrator without a desk looks after all of them. */
function heldByOurs(actor: StaffActor): RawBuilder<unknown> {
  const ids = actor.desks.map((desk) => desk.id)
  if (ids.length === 1) return sql`t.holder_desk_id = ${ids[0]}::uuid`
  return ids.length === 0 && actor.sees_all ? sql`true` : sql`t.holder_desk_id = any (${ids}::uuid[])`
}

/**
 * What a view is taken from, as `t`. A hint, not a wall: row-level security goes on top of both halves. A work view starts from what the
 * desk holds, by its condition. The others also show what the desk gave away or was granted; asked together, PostgreSQL would look up
 * every ticket of the desk's past, so the halves are apart and each comes in the order of the list.
 */
export function viewTickets(view: View, actor: StaffActor): RawBuilder<unknown> {
  if (actor.sees_all || isWorkView(view)) return sql`tickets t`
  const ids = actor.desks.map((desk) => desk.id)
  if (ids.length === 0) return sql`(select * from tickets where id in (${granted})) t`
  return sql`(select * from tickets where ${ours(ids)} union all select * from tickets where ${notOurs(ids)}) t`
}

// One desk by equality: only then does the index give the order of the list.
const ours = (ids: readonly string[]) =>
  ids.length === 1 ? sql`holder_desk_id = ${ids[0]}::uuid` : sql`holder_desk_id = any (${ids}::uuid[])`
const notOurs = (ids: readonly string[]) => sql`not (${ours(ids)}) and id in (
  select ticket_id from ticket_desks where desk_id = any (${ids}::uuid[]) and left_at is not null union all ${granted})`
// Of what was taken back nothing is seen by the grant.
const granted = sql`select ticket_id from actor_grants`

/**
 * The same, for counting: what the actor holds, what their desks hold and what they were granted come from views that show nothing but the
 * actor's own (migrations actor_held, actor_mine), so that the index alone is read; the rule of a ticket would ask for the row itself, a
 * thousand times a view. Of whoever works at a desk it is what their desks hold; the rest stands in actor_elsewhere.
 */
export function countedTickets(view: View, actor: StaffActor): RawBuilder<unknown> {
  if (view === 'mine') return sql`actor_mine t`
  if (actor.sees_all) return sql`tickets t`
  if (actor.desks.length === 0 && !isWorkView(view)) return sql`actor_granted t`
  return sql`actor_held t`
}
