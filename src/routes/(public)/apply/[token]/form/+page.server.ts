import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { seeOwnApplication } from '#server/membership/index.ts'
import { emptyValues, FORM, valuesOf } from '../../apply-form.ts'
import { applyActions, offeredBy, shown } from '../../apply-steps.ts'

/** The form of an application that was begun for somebody, of a renewal, or to be corrected after a question. */
export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  // Before anything can fail: whoever holds this address can read the application, so nothing may keep it or pass it on.
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  const own = await seeOwnApplication(locals.app, { token: params.token, client: locals.client })
  if (own.state !== 'asked') redirect(303, `/apply/${params.token}`)
  const begun = valuesOf(own.form)
  const values = own.submitted_at || own.is_renewal ? begun : { ...emptyValues(own.kind), ...filled(begun) }
  return {
    typing_in: FORM,
    number: own.number,
    is_renewal: own.is_renewal,
    offered: await offeredBy(locals.app),
    empty: await shown(locals.app, 1, values, { form_id: randomToken() }),
  }
}

const filled = (values: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(values).filter(([, texts]) => texts.length > 0))

export const actions: Actions = applyActions(async ({ locals, params }) => {
  const own = await seeOwnApplication(locals.app, { token: params['token'] ?? '', client: locals.client })
  return own.id
})
