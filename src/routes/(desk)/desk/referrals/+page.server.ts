import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listTopics } from '#server/desks/index.ts'
import {
  isQuarter,
  listOutcomes,
  ListOutcomes,
  outcomes,
  providerOutcomes,
  quarterBefore,
  quarterOf,
  type Quarter,
} from '#server/referrals/index.ts'
import { listProvinces } from '#server/regions/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../edge/from-the-start.ts'

/** So many quarters can be chosen. */
const QUARTERS = 12

/** What became of a quarter's offers, by provider, and the referrals behind each figure. For the secretariat and administrators. */
export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  return read(locals.app, deskActor(locals), async (ctx) => {
    const now = quarterOf(ctx.now)
    const asked = url.searchParams.get('quarter') ?? ''
    const quarter: Quarter = isQuarter(asked) ? asked : now
    const given: Record<string, string> = { quarter }
    // What makes no sense (an old bookmark, a guess) is left out.
    for (const name of ['outcome', 'province', 'topic', 'desk'] as const) {
      const value = url.searchParams.get(name)?.trim() ?? ''
      if (value !== '' && ListOutcomes.shape[name].safeParse(value).success) given[name] = value
    }
    const question = ListOutcomes.parse(given)
    const list = await fromTheStart(url.searchParams.get('cursor') ?? undefined, (cursor) =>
      listOutcomes(ctx, { ...question, cursor }),
    )
    const [providers, provinces, topics] = await Promise.all([
      providerOutcomes(ctx, { quarter }),
      listProvinces(ctx),
      listTopics(ctx, { all: true }),
    ])
    const quarters = [now]
    while (quarters.length < QUARTERS) quarters.push(quarterBefore(quarters.at(-1)!))
    return {
      list,
      providers,
      provinces: provinces.map(({ code, name }) => ({ code, name })),
      topics: topics.map((topic) => ({
        code: topic.code,
        name: locals.language === 'en' ? topic.name_en : topic.name_id,
      })),
      quarters: quarters.includes(quarter) ? quarters : [quarter, ...quarters],
      outcomes: [...outcomes],
      asked: {
        quarter,
        outcome: question.outcome ?? 'referrals',
        province: question.province ?? '',
        topic: question.topic ?? '',
        desk: question.desk ?? '',
      },
    }
  })
}
