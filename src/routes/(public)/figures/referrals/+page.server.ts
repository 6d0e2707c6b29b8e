import type { PageServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { seeFigures } from '#server/referrals/index.ts'
import { nameOf } from '../../directory/search.ts'
import { quarterOf } from './quarter.ts'

/** What became of a quarter's referrals, by province, by topic and by provider; small counts are hidden before they come here. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const quarter = quarterOf(url)
  const seen = await read(locals.app, everybody, (ctx) => seeFigures(ctx, { quarter }))
  if (!seen) return { seen: null }
  const { figures, names } = seen
  const { referrals, offers, declined, expired, unmet } = figures.places
  const measures = [referrals, offers, declined, expired, unmet]
  const waits = new Map(figures.waits.map((wait) => [wait.province_code, wait.median_minutes]))
  return {
    seen: {
      quarter: seen.quarter,
      quarters: seen.quarters.filter((other) => other !== seen.quarter),
      reckoned_at: seen.reckoned_at,
      gini: figures.gini,
      all: measures.map((measure) => measure.all),
      provinces: figures.provinces
        .map((code, index) => ({
          code,
          name: names.provinces[code] ?? code,
          counts: measures.map((measure) => measure.provinces[index]!),
          median_minutes: waits.get(code) ?? null,
        }))
        .toSorted((a, b) => a.name.localeCompare(b.name, 'id')),
      topics: figures.topics.map((code, index) => ({
        code,
        name:
          code === null
            ? null
            : names.topics[code]
              ? nameOf({ name_id: names.topics[code].id, name_en: names.topics[code].en }, locals.language)
              : code,
        counts: measures.map((measure) => measure.topics[index]!),
      })),
      providers: figures.providers
        .map((provider) => ({ ...provider, name: names.organisations[provider.organisation_id] ?? '' }))
        .toSorted((a, b) => a.name.localeCompare(b.name, 'id')),
      accepted: figures.accepted,
      completed: figures.completed,
    },
  }
}
