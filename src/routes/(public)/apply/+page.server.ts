import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { emptyValues, FORM } from './apply-form.ts'
import { applyActions, kindOf, offeredBy, shown } from './apply-steps.ts'

/** Without a kind the page says what there is to apply for; with one it is the form. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const kind = kindOf(url.searchParams.get('kind'))
  return {
    ...(kind ? { typing_in: FORM } : {}),
    kind: kind ?? null,
    offered: await offeredBy(locals.app),
    empty: await shown(locals.app, 1, emptyValues(kind ?? 'member'), { form_id: randomToken() }),
  }
}

export const actions: Actions = applyActions(() => Promise.resolve(null))
