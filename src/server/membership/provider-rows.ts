/** What the directory shows of a member or partner, as parts of a statement. Nothing private: no contacts, no evidence, no figures. */
import { sql } from 'kysely'
import type { OpenHours } from '../regions/index.ts'

export interface NamedRegion {
  code: string
  name: string
}
export interface ShownCompetence {
  code: string
  name_id: string
  name_en: string
  /** 1 everyday use, 2 sets up and mends, 3 plans and builds. */
  level: number
}

export interface Provider {
  /** Of the organisation. */
  id: string
  name: string
  organisation_kind: string
  /** Where it sits. */
  region: NamedRegion | null
  desk_id: string
  kind: 'member' | 'partner'
  /** Since when without a break. */
  since: Date
  /** Of this term; null: without an end. */
  ends_at: Date | null
  /** Provinces for which it is the association's own desk. */
  represents: NamedRegion[]
  /** Where it helps, by the code: provinces as a whole, or regencies. */
  regions: NamedRegion[]
  serves_neighbours: boolean
  serves_nation: boolean
  competences: ShownCompetence[]
  kinds: ('free' | 'paid')[]
  languages: string[]
  /** False while it takes nothing new, or is paused. */
  accepting: boolean
  paused_until: Date | null
}
export interface SeenProvider extends Provider {
  about: string
  website: string | null
  time_zone: string
  hours: OpenHours[]
}

/** A term that counts at a moment: begun, not over, neither suspended nor ended (partner-rule.ts: isLive). `a` is of affiliations. */
export const liveTerm = (
  at: Date,
) => sql`a.starts_at <= ${at}::timestamptz and (a.ends_at is null or a.ends_at > ${at}::timestamptz)
  and a.suspended_at is null and (a.ended_at is null or a.ended_at > ${at}::timestamptz)`

/** Who is member or partner now, with an open desk: one row each, as `a` (affiliations), `d` (desks), `o` (organisations). */
export const liveProviders = sql`affiliations a join desks d on d.id = a.desk_id and d.kind = 'provider' and d.closed_at is null
  join organisations o on o.id = a.organisation_id and o.merged_into is null`

const region = (code: ReturnType<typeof sql>) =>
  sql`(select jsonb_build_object('code', r.code, 'name', r.name) from regions r where r.code = ${code})`

/** Competences whose evidence stands, of the desk `d`. */
export const standing = (at: Date) => sql`(c.valid_until is null or c.valid_until > ${at}::timestamptz)`

/** The columns of {@link Provider}. */
export const providerColumns = (
  at: Date,
) => sql`o.id, o.name, o.kind as organisation_kind, ${region(sql`o.region_code`)} as region, d.id as desk_id,
  a.kind, a.ends_at, d.serves_neighbours, d.serves_nation, d.kinds, d.languages,
  case when d.paused_until > ${at}::timestamptz then d.paused_until end as paused_until,
  d.accepting and (d.paused_until is null or d.paused_until <= ${at}::timestamptz) as accepting,
  (with recursive term as (
      select a.starts_at, a.renewed_from union all
      select b.starts_at, b.renewed_from from term join affiliations b on b.id = term.renewed_from)
    select min(starts_at) from term) as since,
  coalesce((select jsonb_agg(${region(sql`p.province_code`)} order by p.province_code) from representations p
    where p.organisation_id = o.id and p.since <= ${at}::timestamptz and (p.until is null or p.until > ${at}::timestamptz)), '[]') as represents,
  coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name) order by r.code)
    from desk_regions s join regions r on r.code = s.region_code where s.desk_id = d.id), '[]') as regions,
  coalesce((select jsonb_agg(jsonb_build_object('code', k.code, 'name_id', k.name_id, 'name_en', k.name_en, 'level', c.level) order by k.position, k.code)
    from desk_competences c join competences k on k.code = c.competence_code where c.desk_id = d.id and ${standing(at)}), '[]') as competences`
