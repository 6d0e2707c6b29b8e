import type { LayoutServerLoad } from './$types'
import { dictionaryOf } from '#server/platform/words.ts'
import { formTokenOf } from '../edge/form-token.ts'

export const load: LayoutServerLoad = ({ locals, url }) => ({
  language: locals.language,
  // For an error page above the areas; each area's own layout brings the words of its pages.
  words: dictionaryOf(locals.language, ['app.', 'error.']),
  form_token: formTokenOf(locals.app, locals.form_nonce, url.pathname),
})
