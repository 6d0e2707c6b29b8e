import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { DeskRole, Role, StaffActor } from '../platform/context.ts'
import { sessionPersonWith } from '../people/index.ts'

/**
 * Who is signed in with this request, with roles and desks; null for nobody, and for an account that has neither a role nor a desk
 * (it works nowhere yet, so it must see no people). Administrators and members of the secretariat's desk see every ticket.
 */
export async function staffActor(app: App, headers: Headers): Promise<StaffActor | null> {
  const found = await sessionPersonWith<Work>(app, headers, work)
  if (!found) return null
  const { person_id, session_id, name, language, roles, desks, signed_in_at } = found
  if (roles.length === 0 && desks.length === 0) return null
  const from = { session_id }
  return { kind: 'staff', person_id, name, language, roles, desks, from, sees_all: seesAll(roles, desks), signed_in_at }
}

type Work = Pick<StaffActor, 'roles' | 'desks'>
const work = sql`select
  array(select role from roles where person_id = session.person_id order by role) as roles,
  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name, 'kind', d.kind, 'role', m.role, 'time_zone', d.time_zone)
      order by d.kind <> 'secretariat', lower(d.name), d.id)
    from desk_members m join desks d on d.id = m.desk_id where m.person_id = session.person_id), '[]') as desks`

export const seesAll = (roles: readonly Role[], desks: readonly { kind: string; role: DeskRole }[]): boolean =>
  roles.includes('administrator') || desks.some((desk) => desk.kind === 'secretariat')
