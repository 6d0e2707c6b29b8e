import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { nameLike } from '../people/index.ts'

/** One office of an institution's own desk, with what of its requests runs. */
export interface OfficeWork {
  id: string
  name: string
  /** new, open, or referred to somebody. */
  open: number
  /** For whoever asked. */
  waiting: number
  resolved: number
  /** There are more than were counted. */
  more: boolean
  /** The request that nobody has answered for longest. */
  waiting_since: Date | null
  newest_at: Date | null
}

/** So many stand on one page: five hundred with their counts would be a page of a third of a megabyte, read anew with each change. */
export const OFFICES_PER_PAGE = 50
const COUNTED_MAX = 1_000

/**
 * The offices of the actor's own-unit desks by what waits longest in them, with how much of what they asked runs; fifty on a page, and of each the
 * newest thousand requests that are not closed. Empty for whoever works at no such desk.
 * @param question.query a part of the name; '' for all
 * @param question.page from 1 on
 */
export async function listOffices(
  ctx: Reading,
  { query = '', page = 1 }: { query?: string; page?: number } = {},
): Promise<{ items: OfficeWork[]; more: boolean }> {
  const units = ctx.actor.kind === 'staff' ? ctx.actor.desks.filter(({ kind }) => kind === 'own_unit') : []
  if (units.length === 0) return { items: [], more: false }
  const { rows } =
    await sql<OfficeWork>`${keptPlan}select o.id, o.name, c.open, c.waiting, c.resolved, c.counted > ${sql.lit(COUNTED_MAX)} as more,
      c.waiting_since, c.newest_at
    from (select distinct organisation_id from desk_offices where desk_id = any (${units.map(({ id }) => id)}::uuid[])) f
    join organisations o on o.id = f.organisation_id and o.merged_into is null and lower(o.name) like ${nameLike(query)}
    cross join lateral (select count(*) filter (where state in ('new', 'open', 'referred'))::int as open,
        count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'resolved')::int as resolved,
        count(*)::int as counted, min(waiting_since) as waiting_since, max(created_at) as newest_at
      from (select t.state, t.waiting_since, t.created_at from tickets t
        where t.organisation_id = o.id and t.spam_at is null and t.state <> 'closed' order by t.id desc limit ${sql.lit(COUNTED_MAX + 1)}) t) c
    order by c.waiting_since nulls last, lower(o.name), o.id limit ${sql.lit(OFFICES_PER_PAGE + 1)}
    offset ${(page - 1) * OFFICES_PER_PAGE}::int`.execute(ctx.db)
  return { items: rows.slice(0, OFFICES_PER_PAGE), more: rows.length > OFFICES_PER_PAGE }
}
