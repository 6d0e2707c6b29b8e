import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { areNeighbours } from '../regions/index.ts'
import { liveProviders, liveTerm, standing } from './provider-rows.ts'

export interface Covering {
  /** Of the organisation. */
  id: string
  name: string
  kind: 'member' | 'partner'
}
export interface CoveredProvince {
  code: string
  name: string
  /** A member, else a partner, else nobody. */
  standing: 'member' | 'partner' | 'nobody'
  /** Who, members first, then by name. */
  by: Covering[]
  /** Confirmed own-unit desks in the province: they help their own offices. */
  own_units: number
  /** Codes of the competences that somebody has who represents or serves the province. */
  competences: string[]
}
export interface Coverage {
  provinces: CoveredProvince[]
  member: number
  partner: number
  nobody: number
  target: CoverageTarget | null
}
export interface CoverageTarget {
  provinces: number
  /** `2027-12-31` */
  by_date: string
  set_at: Date
}

/**
 * Every province in the order of its code, with who represents it: a member, a partner, nobody. With a competence: who represents **or**
 * serves the province and has that competence with standing evidence. Public; holds names of institutions only.
 */
export async function listCoverage(
  ctx: Reading,
  question: { competence_code?: string | undefined } = {},
): Promise<Coverage> {
  const { competence_code = null } = question
  const { rows: provinces } = await sql<CoveredProvince>`
    with live as materialized (
      select distinct on (o.id) o.id, o.name, a.kind, d.id as desk_id from ${liveProviders}
      where ${liveTerm(ctx.now)} order by o.id, a.starts_at desc),
    represents as (
      select p.province_code, l.* from representations p join live l on l.id = p.organisation_id
      where p.since <= ${ctx.now}::timestamptz and (p.until is null or p.until > ${ctx.now}::timestamptz)),
    present as (
      select province_code, id, desk_id from represents
      union select left(s.region_code, 2), l.id, l.desk_id from live l join desk_regions s on s.desk_id = l.desk_id),
    able as (
      select distinct p.province_code, p.id, c.competence_code from present p join desk_competences c on c.desk_id = p.desk_id
      where ${standing(ctx.now)}),
    covering as (
      select province_code, id, name, kind from represents where ${competence_code}::text is null
      union select a.province_code, l.id, l.name, l.kind from able a join live l on l.id = a.id where a.competence_code = ${competence_code}::text)
    select r.code, r.name,
      case when bool_or(c.kind = 'member') then 'member' when bool_or(c.kind = 'partner') then 'partner' else 'nobody' end as standing,
      coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'kind', c.kind) order by c.kind, lower(c.name), c.id)
        filter (where c.id is not null), '[]') as by,
      (select count(*)::int from desks d join organisations o on o.id = d.organisation_id
        where d.kind = 'own_unit' and d.confirmed_at is not null and d.closed_at is null and left(o.region_code, 2) = r.code) as own_units,
      array(select distinct competence_code from able where able.province_code = r.code order by 1) as competences
    from regions r left join covering c on c.province_code = r.code
    where r.level = 'province' group by r.code, r.name order by r.code limit 100`.execute(ctx.db)
  const many = (kind: CoveredProvince['standing']) => provinces.filter((one) => one.standing === kind).length
  return {
    provinces,
    member: many('member'),
    partner: many('partner'),
    nobody: many('nobody'),
    target: await coverageTarget(ctx),
  }
}

/** What the secretariat set last; null before it set any. */
export async function coverageTarget(ctx: Reading): Promise<CoverageTarget | null> {
  const { rows } = await sql<CoverageTarget>`select provinces, by_date::text as by_date, set_at from coverage_targets
    order by set_at desc, id desc limit 1`.execute(ctx.db)
  return rows[0] ?? null
}

export interface Askable {
  province_code: string
  id: string
  name: string
  /** `neighbour`: serves or represents a bordering province. `nation`: serves the whole nation. `known`: sits in the province, is neither. */
  why: 'neighbour' | 'nation' | 'known'
  /** Of members and partners. */
  kind: 'member' | 'partner' | null
}

const ASKABLE_MAX = 8
/** Institutions that can help others; an office that asks for help is none. */
const HELPING_KINDS = ['company', 'association', 'community', 'school']

/**
 * Who could be asked to take on these provinces: members and partners at work in a bordering province, those that serve the nation, and
 * institutions of the directory that sit there. At most eight of each kind a province, by name. For the secretariat only.
 */
export async function listAskable(ctx: Reading, province_codes: readonly string[]): Promise<Askable[]> {
  mustCoordinateAll(ctx.actor)
  const { rows: provinces } = await sql<{
    code: string
  }>`select code from regions where level = 'province' order by code limit 100`.execute(ctx.db)
  const borders = province_codes.flatMap((code) =>
    provinces.filter((other) => areNeighbours(code, other.code)).map((other) => ({ code, neighbour: other.code })),
  )
  const { rows } = await sql<Askable>`
    with live as materialized (
      select distinct on (o.id) o.id, o.name, a.kind, d.id as desk_id, d.serves_nation from ${liveProviders}
      where ${liveTerm(ctx.now)} order by o.id, a.starts_at desc),
    present as (
      select p.province_code, p.organisation_id as id from representations p
      where p.since <= ${ctx.now}::timestamptz and (p.until is null or p.until > ${ctx.now}::timestamptz)
      union select left(s.region_code, 2), l.id from live l join desk_regions s on s.desk_id = l.desk_id),
    askable as (
      select b.code as province_code, l.id, l.name, 'neighbour' as why, l.kind
      from jsonb_to_recordset(${JSON.stringify(borders)}::jsonb) as b (code text, neighbour text)
      join present p on p.province_code = b.neighbour join live l on l.id = p.id
      union select w.code, l.id, l.name, 'nation', l.kind from unnest(${province_codes}::text[]) as w (code) cross join live l where l.serves_nation
      union select left(o.region_code, 2), o.id, o.name, 'known', null from organisations o
      where left(o.region_code, 2) = any (${province_codes}::text[]) and o.kind = any (${HELPING_KINDS}::text[]) and o.merged_into is null
        and not exists (select from live l where l.id = o.id)),
    counted as (
      select *, row_number() over (partition by province_code, why order by lower(name), id) as place from askable)
    select province_code, id, name, why, kind from counted where place <= ${ASKABLE_MAX}::int
    order by province_code, array_position(array['neighbour', 'nation', 'known'], why), lower(name), id limit 2000`.execute(
    ctx.db,
  )
  return rows
}
