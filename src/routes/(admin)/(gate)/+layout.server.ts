import type { LayoutServerLoad } from './$types'
import { remembered } from '#server/platform/remembered.ts'
import { operator } from '#server/desks/index.ts'
import { dictionaries } from '#server/platform/words.ts'
import { languageLinks } from '../../../edge/language-links.ts'

export const load: LayoutServerLoad = async ({ locals, url }) => ({
  operator: await remembered(locals.app, 'operator', operator),
  words: dictionaries[locals.language],
  languages: languageLinks(url),
})
