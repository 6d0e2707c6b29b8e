import type { RequestHandler } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { refuse } from '#server/platform/refusal.ts'
import { say } from '#server/platform/words.ts'
import { placeMeasures, seeFigures } from '#server/referrals/index.ts'
import { csvDownload } from '../../../../../edge/download.ts'
import { quarterOf } from '../quarter.ts'

/** Every figure of a quarter by province and topic, the sums within; what is hidden is an empty field. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const quarter = quarterOf(url)
  const seen = await read(locals.app, everybody, (ctx) => seeFigures(ctx, { quarter }))
  if (!seen) return refuse('not_found', 'figures.quarter')
  const { language } = locals
  const { figures, names } = seen
  const places = placeMeasures.map((measure) => figures.places[measure])
  const topicOf = (code: string | null) =>
    code === null ? say(language, 'figures.no_topic') : (names.topics[code]?.[language] ?? code)
  const sum = say(language, 'figures.sum')
  return csvDownload(
    `${say(language, 'figures.file')}-${seen.quarter}.csv`,
    [
      say(language, 'figures.province'),
      say(language, 'figures.topic'),
      ...placeMeasures.map((measure) => say(language, `figures.${measure}`)),
    ],
    [
      ...figures.provinces.flatMap((code, row) => [
        ...figures.topics.map((topic, column) => [
          names.provinces[code] ?? code,
          topicOf(topic),
          ...places.map((place) => place.cells[row]![column] ?? ''),
        ]),
        [names.provinces[code] ?? code, sum, ...places.map((place) => place.provinces[row] ?? '')],
      ]),
      ...figures.topics.map((topic, column) => [
        say(language, 'figures.all'),
        topicOf(topic),
        ...places.map((place) => place.topics[column] ?? ''),
      ]),
      [say(language, 'figures.all'), sum, ...places.map((place) => place.all ?? '')],
    ],
  )
}
