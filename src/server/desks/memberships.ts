import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { must } from '../platform/may.ts'

export interface Membership {
  person_id: string
  desk: { id: string; name: string }
  role: 'agent' | 'coordinator'
}

const LIST_MAX = 5000

/** Who works at which open desk: the secretariat's first, then by the desk's name; at most 5000. Staff only. */
export async function listMemberships(ctx: Reading): Promise<Membership[]> {
  must(ctx.actor, 'account.list')
  const { rows } = await sql<Membership>`
    select m.person_id, jsonb_build_object('id', d.id, 'name', d.name) as desk, m.role
    from desk_members m join desks d on d.id = m.desk_id where d.closed_at is null
    order by d.kind <> 'secretariat', lower(d.name), d.id, m.person_id limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}
