import type { LayoutServerLoad } from './$types'
import { formTokenOf } from '../edge/form-token.ts'

export const load: LayoutServerLoad = ({ locals, url }) => ({
  language: locals.language,
  form_token: formTokenOf(locals.app, locals.form_nonce, url.pathname),
})
