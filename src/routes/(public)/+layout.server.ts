import type { LayoutServerLoad } from './$types'
import { aroundPublic } from '../../edge/around-public.ts'
import { formTokenOf } from '../../edge/form-token.ts'

export const load: LayoutServerLoad = async ({ locals: { app, language, form_nonce }, url }) => ({
  ...(await aroundPublic(app, { language, url })),
  // Forms that post to another page than their own need that page's token.
  ask_token: formTokenOf(app, form_nonce, '/ask'),
  follow_token: formTokenOf(app, form_nonce, '/follow'),
})
