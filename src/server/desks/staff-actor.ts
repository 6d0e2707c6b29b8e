import { sql, type RawBuilder } from 'kysely'
import type { App } from '../platform/app.ts'
import type { DeskRole, Role, StaffActor } from '../platform/context.ts'
import { sessionPersonWith } from '../people/index.ts'

/**
 * Who is signed in with this request, with roles and desks; null for nobody, and for an account that has neither a role nor a desk and
 * was given no ticket (it works nowhere, so it must see no people). Administrators and members of the secretariat's desk see every ticket.
 * With `is_use` false the session grows no older end: for what an open page asks by itself.
 */
export async function staffActor(
  app: App,
  headers: Headers,
  { is_use = true }: { is_use?: boolean } = {},
): Promise<StaffActor | null> {
  const found = await sessionPersonWith<Work>(app, headers, work, is_use)
  if (!found) return null
  const { person_id, session_id, name, language, roles, granted, signed_in_at, now } = found
  const { desks, providers } = whereOneWorks(found.works_at)
  if (roles.length === 0 && found.works_at.length === 0 && !granted) return null
  const from = { session_id }
  const sees_all = seesAll(roles, desks)
  return {
    kind: 'staff',
    person_id,
    name,
    language,
    roles,
    desks,
    providers,
    from,
    sees_all,
    signed_in_at,
    asked_at: now,
  }
}

/** Whether somebody was given a ticket that they may read today: then they are somebody here, though they work at no desk. */
export const wasGiven = (person_id: RawBuilder<unknown>) => sql<boolean>`exists (select from grants g
  where g.person_id = ${person_id} and g.revoked_at is null and (g.until is null or g.until > now()))`

/**
 * Every desk where somebody works, as one column of a statement. Whoever stands in for a member of the secretariat today works there as that
 * person does (deputies.ts): it begins and ends with its dates, by the database's clock, with the next request.
 */
export type WorksAt = readonly (StaffActor['desks'][number] & { organisation_id: string | null })[]
export const worksAt = (person_id: RawBuilder<unknown>) => sql<WorksAt>`coalesce((select jsonb_agg(jsonb_build_object(
      'id', d.id, 'name', d.name, 'kind', d.kind, 'role', m.role, 'time_zone', d.time_zone, 'organisation_id', d.organisation_id)
      order by d.kind <> 'secretariat', lower(d.name), d.id)
    from (select w.desk_id, max(w.role) as role from (
        select desk_id, role from desk_members where person_id = ${person_id}
        union all
        select s.desk_id, s.role from deputies y join desk_members s on s.person_id = y.person_id
          join desks k on k.id = s.desk_id and k.kind = 'secretariat'
          where y.deputy_id = ${person_id} and y.ended_at is null and y.from_at <= now() and y.until_at > now()) w
      group by w.desk_id) m join desks d on d.id = m.desk_id), '[]')`

/** A desk of a member or partner holds nothing by itself: whoever works there sees its offers, and the tickets that were granted. */
export function whereOneWorks(works_at: WorksAt): Required<Pick<StaffActor, 'desks' | 'providers'>> {
  return {
    desks: works_at
      .filter(({ kind }) => kind !== 'provider')
      .map(({ id, name, kind, role, time_zone }) => ({ id, name, kind, role, time_zone })),
    providers: works_at
      .filter(({ kind }) => kind === 'provider')
      .map(({ id, name, role, time_zone, organisation_id }) => ({
        id,
        name,
        role,
        time_zone,
        organisation_id: organisation_id!,
      })),
  }
}

type Work = Pick<StaffActor, 'roles'> & { works_at: WorksAt; granted: boolean }
const work = sql`select
  array(select role from roles where person_id = session.person_id order by role) as roles,
  ${worksAt(sql`session.person_id`)} as works_at,
  ${wasGiven(sql`session.person_id`)} as granted`

export const seesAll = (roles: readonly Role[], desks: readonly { kind: string; role: DeskRole }[]): boolean =>
  roles.includes('administrator') || desks.some((desk) => desk.kind === 'secretariat')
