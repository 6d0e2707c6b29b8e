import { sql } from 'kysely'
import type { Language, Reading, Role, StaffActor } from '../platform/context.ts'
import { seesAll, whereOneWorks, worksAt, type WorksAt } from './staff-actor.ts'

interface Row {
  person_id: string
  name: string
  language: Language
  roles: Role[]
  works_at: WorksAt
}

/**
 * These persons as those who act, with roles and desks, by person; for what they do without a session (an answer by mail). Whoever works
 * nowhere is left out. The caller has made sure that it is they.
 */
export async function staffActors(ctx: Reading, person_ids: readonly string[]): Promise<Map<string, StaffActor>> {
  if (person_ids.length === 0) return new Map()
  const { rows } = await sql<Row>`select p.id as person_id, p.name, p.language,
      array(select role from roles where person_id = p.id order by role) as roles,
      ${worksAt(sql`p.id`)} as works_at
    from people p join accounts a on a.person_id = p.id and a.disabled_at is null
    where p.id = any (${[...new Set(person_ids)]}::uuid[]) order by p.id`.execute(ctx.db)
  return new Map(
    rows
      .filter(({ roles, works_at }) => roles.length + works_at.length > 0)
      .map(({ works_at, ...row }) => {
        const where = whereOneWorks(works_at)
        return [row.person_id, { kind: 'staff', ...row, ...where, sees_all: seesAll(row.roles, where.desks) }]
      }),
  )
}
