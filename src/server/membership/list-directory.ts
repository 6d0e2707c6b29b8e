import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { areNeighbours, provinceFacts } from '../regions/index.ts'
import { liveProviders, liveTerm, providerColumns, standing, type Provider } from './provider-rows.ts'

export interface ListDirectory {
  /** Kemendagri code: who helps there. */
  province_code?: string | undefined
  competence_code?: string | undefined
  /** The day whose order counts, `2026-11-22`: a reader who pages past midnight keeps theirs. Default: today. */
  day?: string | undefined
  /** From 1. */
  page?: number | undefined
  limit?: number | undefined
}
export interface ListedProvider extends Provider {
  /** Why it stands here when a province was asked for: it covers it, or a neighbour of it, or the whole nation. */
  near: 'province' | 'neighbour' | 'nation' | null
}
export interface DirectoryPage {
  items: ListedProvider[]
  total: number
  page: number
  /** Null on the last page. */
  next: number | null
  day: string
}

export const DIRECTORY_LIMIT = 20
const DAY_MS = 86_400_000
/** Jakarta has no summer time. */
const WIB_MS = 7 * 3_600_000

/** The day in Jakarta on which a moment falls: `2026-11-22`. */
export const dayInJakarta = (at: Date): string => new Date(at.getTime() + WIB_MS).toISOString().slice(0, 10)

/**
 * Members and partners that stand in the directory now. Their order is neutral: it is drawn anew each day, the same for everybody on one
 * day, from the day and the organisation alone; nobody can buy or name themselves to the top. Where a province is asked for, those who
 * cover it come first, then those of neighbouring provinces that serve it, then those who serve the nation. Public.
 */
export async function listDirectory(ctx: Reading, question: ListDirectory = {}): Promise<DirectoryPage> {
  const { province_code = null, competence_code = null, page = 1, limit = DIRECTORY_LIMIT } = question
  const day = dayOf(question.day, ctx.now)
  const neighbours = province_code === null ? [] : neighboursOf(province_code)
  const { rows } = await sql<ListedProvider & { total: number }>`
    with listed as (
      select ${providerColumns(ctx.now)}, ${nearness(ctx.now, province_code, neighbours)} as near
      from ${liveProviders}
      where ${liveTerm(ctx.now)} and (${competence_code}::text is null or exists (select from desk_competences c
        where c.desk_id = d.id and c.competence_code = ${competence_code}::text and ${standing(ctx.now)})))
    select listed.*, count(*) over ()::int as total from listed
    where ${province_code}::text is null or near is not null
    order by array_position(array['province', 'neighbour', 'nation'], near), md5(${day} || id::text), id
    limit ${limit}::int offset ${(page - 1) * limit}::int`.execute(ctx.db)
  const total = rows[0]?.total ?? 0
  const items = rows.map(({ total: _, ...row }) => row)
  return { items, total, page, next: page * limit < total ? page + 1 : null, day }
}

/** Which provinces border on this one. */
export const neighboursOf = (province_code: string): string[] =>
  [...provinceFacts.keys()].filter((code) => areNeighbours(code, province_code))

/** Today's order, or yesterday's for whoever began to read before midnight; any other day is nobody's to choose. */
function dayOf(asked: string | undefined, now: Date): string {
  const today = dayInJakarta(now)
  return asked === dayInJakarta(new Date(now.getTime() - DAY_MS)) ? asked : today
}

const nearness = (at: Date, province_code: string | null, neighbours: readonly string[]) => sql<
  ListedProvider['near']
>`case
  when ${province_code}::text is null then null
  when exists (select from desk_regions s where s.desk_id = d.id and left(s.region_code, 2) = ${province_code}::text)
    or exists (select from representations p where p.organisation_id = o.id and p.province_code = ${province_code}::text
      and p.since <= ${at}::timestamptz and (p.until is null or p.until > ${at}::timestamptz)) then 'province'
  when d.serves_neighbours and exists (select from desk_regions s where s.desk_id = d.id and left(s.region_code, 2) = any (${neighbours}::text[]))
    then 'neighbour'
  when d.serves_nation then 'nation' end`
