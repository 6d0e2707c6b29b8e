import type { RequestHandler } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { listCompetences } from '#server/desks/index.ts'
import { listCoverage } from '#server/membership/index.ts'
import { say } from '#server/platform/words.ts'
import { csvDownload } from '../../../../../edge/download.ts'
import { nameOf } from '../../search.ts'

/** The grid as a table for spreadsheets: one row a province, one column for each competence that anybody has. */
export const GET: RequestHandler = async ({ locals }) => {
  const { language } = locals
  const { coverage, competences } = await read(locals.app, everybody, async (ctx) => ({
    coverage: await listCoverage(ctx),
    competences: await listCompetences(ctx),
  }))
  const had = competences.filter(({ code }) => coverage.provinces.some((one) => one.competences.includes(code)))
  const named = (kind: 'member' | 'partner', by: (typeof coverage.provinces)[number]['by']) =>
    by.filter((one) => one.kind === kind).map(({ name }) => name)
  return csvDownload(
    `${say(language, 'coverage.file')}.csv`,
    [
      say(language, 'coverage.code'),
      say(language, 'coverage.province'),
      say(language, 'coverage.who'),
      say(language, 'coverage.members'),
      say(language, 'coverage.partners'),
      say(language, 'coverage.own_unit_desks'),
      ...had.map((word) => nameOf(word, language)),
    ],
    coverage.provinces.map((one) => [
      one.code,
      one.name,
      say(language, `coverage.${one.standing}`),
      named('member', one.by).join('; '),
      named('partner', one.by).join('; '),
      one.own_units,
      ...had.map(({ code }) => (one.competences.includes(code) ? 1 : 0)),
    ]),
  )
}
