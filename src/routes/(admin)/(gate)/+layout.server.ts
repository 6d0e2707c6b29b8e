import type { LayoutServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { operator } from '#server/desks/index.ts'
import { dictionaries } from '#server/platform/words.ts'
import { languageLinks } from '../../../edge/language-links.ts'

export const load: LayoutServerLoad = async ({ locals, url }) => ({
  operator: await read(locals.app, everybody, (ctx) => operator(ctx)),
  words: dictionaries[locals.language],
  languages: languageLinks(url),
})
