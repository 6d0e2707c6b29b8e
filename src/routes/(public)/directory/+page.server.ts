import type { PageServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { listDirectory } from '#server/membership/index.ts'
import { nameOf, searchOf } from './search.ts'

const PAGE_MAX = 1_000

/** Who helps, in the neutral order of the day. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const search = await searchOf(locals.app, url, locals.language)
  const asked = Number(url.searchParams.get('page') ?? 1)
  const found = await read(locals.app, everybody, (ctx) =>
    listDirectory(ctx, {
      province_code: search.province?.code,
      competence_code: search.competence?.code,
      day: url.searchParams.get('day') ?? undefined,
      page: Number.isInteger(asked) && asked > 0 ? Math.min(asked, PAGE_MAX) : 1,
    }),
  )
  const link = (page: number) => {
    const query = new URLSearchParams({ day: found.day, page: String(page) })
    if (search.province) query.set('province', search.province.code)
    if (search.competence) query.set('competence', search.competence.code)
    return `/directory?${query}`
  }
  return {
    ...search,
    total: found.total,
    items: found.items.map((one) => ({
      id: one.id,
      name: one.name,
      kind: one.kind,
      near: one.near,
      accepting: one.accepting,
      since: one.since,
      regions: one.regions.map(({ name }) => name),
      represents: one.represents.map(({ name }) => name),
      serves_neighbours: one.serves_neighbours,
      serves_nation: one.serves_nation,
      competences: one.competences.map((word) => nameOf(word, locals.language)),
    })),
    earlier: found.page > 1 ? link(found.page - 1) : null,
    later: found.next === null ? null : link(found.next),
  }
}
