import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

export interface ListedRegion {
  code: string
  name: string
  time_zone: string
}
export interface Region extends ListedRegion {
  parent_code: string | null
  level: string
  iso_code: string | null
}

/** The 38 provinces in the order of their codes (west to east). */
export const listProvinces = (ctx: Reading): Promise<ListedRegion[]> =>
  ctx.db
    .selectFrom('regions')
    .select(['code', 'name', 'time_zone'])
    .where('level', '=', 'province')
    .orderBy('code')
    .limit(100)
    .execute()

/** Regencies and cities of one province in the order of their codes; of all provinces when none is named. */
export const listRegencies = (ctx: Reading, province_code?: string): Promise<ListedRegion[]> =>
  ctx.db
    .selectFrom('regions')
    .select(['code', 'name', 'time_zone'])
    .where('level', '=', 'regency')
    .$if(province_code !== undefined, (query) => query.where('parent_code', '=', province_code!))
    .orderBy('code')
    .limit(1000)
    .execute()

/** A page of all regions in the order of their codes, a province before its own; `after` is the last code of the page before. */
export const listRegions = (
  ctx: Reading,
  question: {
    level?: 'province' | 'regency' | undefined
    province_code?: string | undefined
    after?: string | undefined
    limit: number
  },
): Promise<Region[]> =>
  ctx.db
    .selectFrom('regions')
    .select(['code', 'parent_code', 'level', 'name', 'time_zone', 'iso_code'])
    .$if(question.level !== undefined, (query) => query.where('level', '=', question.level!))
    .$if(question.province_code !== undefined, (query) => query.where('parent_code', '=', question.province_code!))
    .$if(question.after !== undefined, (query) => query.where('code', '>', question.after!))
    .orderBy('code')
    .limit(question.limit)
    .execute()

/** One region by its Kemendagri code; undefined when there is none. Never look a place up by its name: 26 are both Kabupaten and Kota. */
export const findRegion = (ctx: Reading, code: string): Promise<Region | undefined> =>
  ctx.db
    .selectFrom('regions')
    .select(['code', 'parent_code', 'level', 'name', 'time_zone', 'iso_code'])
    .where('code', '=', code)
    .executeTakeFirst()

/** The name to show, such as "Kota Bogor". Refuses `not_found` for an unknown code. */
export const regionName = async (ctx: Reading, code: string): Promise<string> =>
  ((await findRegion(ctx, code)) ?? refuse('not_found', 'region')).name
