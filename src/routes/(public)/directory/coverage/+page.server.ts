import type { PageServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { listCoverage } from '#server/membership/index.ts'
import { searchOf } from '../search.ts'

/** The 38 provinces: who represents each, or who has a competence there. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { choices, competence } = await searchOf(locals.app, url, locals.language)
  const coverage = await read(locals.app, everybody, (ctx) => listCoverage(ctx, { competence_code: competence?.code }))
  return {
    choices: { provinces: [], competences: choices.competences },
    competence,
    coverage: {
      ...coverage,
      provinces: coverage.provinces.map(({ competences: _, ...province }) => province),
    },
  }
}
