import { sql } from 'kysely'
import type { Language, Reading, Role, StaffActor } from '../platform/context.ts'
import { seesAll } from './staff-actor.ts'

interface Row {
  person_id: string
  name: string
  language: Language
  roles: Role[]
  desks: StaffActor['desks']
}

/**
 * These persons as those who act, with roles and desks, by person; for what they do without a session (an answer by mail). Whoever works
 * nowhere is left out. The caller has made sure that it is they.
 */
export async function staffActors(ctx: Reading, person_ids: readonly string[]): Promise<Map<string, StaffActor>> {
  if (person_ids.length === 0) return new Map()
  const { rows } = await sql<Row>`select p.id as person_id, p.name, p.language,
      array(select role from roles where person_id = p.id order by role) as roles,
      coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name, 'kind', d.kind, 'role', m.role, 'time_zone', d.time_zone)
          order by d.kind <> 'secretariat', lower(d.name), d.id)
        from desk_members m join desks d on d.id = m.desk_id where m.person_id = p.id), '[]') as desks
    from people p join accounts a on a.person_id = p.id and a.disabled_at is null
    where p.id = any (${[...new Set(person_ids)]}::uuid[]) order by p.id`.execute(ctx.db)
  return new Map(
    rows
      .filter(({ roles, desks }) => roles.length + desks.length > 0)
      .map((row) => [row.person_id, { kind: 'staff', ...row, sees_all: seesAll(row.roles, row.desks) }]),
  )
}
