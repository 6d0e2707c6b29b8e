import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { refuse } from '../platform/refusal.ts'
import type { OpenHours } from '../regions/index.ts'

export interface ListedDesk {
  id: string
  name: string
  kind: 'secretariat' | 'province' | 'own_unit' | 'provider'
  organisation: { id: string; name: string } | null
  mail_local_part: string | null
  time_zone: string
  accepting: boolean
  closed_at: Date | null
  /** Of an own-unit desk: since when the secretariat has it confirmed. */
  confirmed_at: Date | null
  regions: { code: string; name: string }[]
  serves_neighbours: boolean
  serves_nation: boolean
  /** Competences whose evidence stands. */
  competence_levels: { code: string; level: number }[]
  member_count: number
}
export interface Desk extends ListedDesk {
  hours: OpenHours[]
  competences: { code: string; name_id: string; name_en: string }[]
  /** Names are there for staff only; the database shows others no people. */
  members: { person_id: string; name: string; role: 'agent' | 'coordinator'; since: string }[]
}

const listed = sql`desks.id, desks.name, desks.kind, desks.mail_local_part, desks.time_zone, desks.accepting, desks.closed_at, desks.confirmed_at, desks.serves_neighbours, desks.serves_nation,
  coalesce((select jsonb_agg(jsonb_build_object('code', c.competence_code, 'level', c.level) order by c.competence_code)
    from desk_competences c where c.desk_id = desks.id and (c.valid_until is null or c.valid_until > now())), '[]') as competence_levels,
  (select jsonb_build_object('id', o.id, 'name', o.name) from organisations o where o.id = desks.organisation_id) as organisation,
  coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name) order by r.code)
    from desk_regions d join regions r on r.code = d.region_code where d.desk_id = desks.id), '[]') as regions,
  (select count(*)::int from desk_members m where m.desk_id = desks.id) as member_count`

/** The secretariat's desk first, then by name; without the closed ones unless `all`. */
export async function listDesks(ctx: Reading, question: { all?: boolean } = {}): Promise<ListedDesk[]> {
  const { rows } = await sql<ListedDesk>`${keptPlan}select ${listed} from desks
    where ${question.all ?? false}::boolean or closed_at is null
    order by kind <> 'secretariat', lower(name), id limit 1000`.execute(ctx.db)
  return rows
}

/** One desk with its hours, competences and members. Refuses `not_found`. */
export async function findDesk(ctx: Reading, id: string): Promise<Desk> {
  const { rows } = await sql<Desk>`${keptPlan}select ${listed},
      coalesce((select jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', to_char(h.opens, 'HH24:MI'), 'closes', to_char(h.closes, 'HH24:MI'))
        order by h.weekday, h.opens) from desk_hours h where h.desk_id = desks.id), '[]') as hours,
      coalesce((select jsonb_agg(jsonb_build_object('code', c.code, 'name_id', c.name_id, 'name_en', c.name_en) order by c.position, c.code)
        from desk_competences d join competences c on c.code = d.competence_code where d.desk_id = desks.id), '[]') as competences,
      coalesce((select jsonb_agg(jsonb_build_object('person_id', p.id, 'name', p.name, 'role', m.role, 'since', m.since) order by lower(p.name), p.id)
        from desk_members m join people p on p.id = m.person_id where m.desk_id = desks.id), '[]') as members
    from desks where id = ${id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'desk')
}

export interface DeskMember {
  person_id: string
  name: string
}

/** Who works at a desk, by name, for a choice of who takes a ticket; at most 1000. Names are there for staff only. */
export async function listDeskMembers(ctx: Reading, desk_id: string): Promise<DeskMember[]> {
  const { rows } = await sql<DeskMember>`${keptPlan}select p.id as person_id, p.name
    from desk_members m join people p on p.id = m.person_id where m.desk_id = ${desk_id}::uuid
    order by lower(p.name), p.id limit 1000`.execute(ctx.db)
  return rows
}
