import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { joinSecretariat } from '#server/desks/index.ts'
import { openLink, setUp } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { beginSession } from '../../../../../edge/begin-session.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { leaveNoTrace } from '../../../../../edge/no-trace.ts'
import { passwordFaults, passwordOf } from '../../../../../edge/typed-password.ts'

export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  leaveNoTrace(setHeaders)
  await openLink(locals.app, { purpose: 'setup', token: params.token, client: locals.client })
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, params, request } = event
    const form = await request.formData()
    const values = { name: textOf(form, 'name'), email: textOf(form, 'email') }
    const password = passwordOf(form)
    const faults = passwordFaults(form)
    if (faults.length > 0) return notSaved(values, faults)
    try {
      // One transaction for account and desk: whatever goes wrong leaves nothing behind, and the same link opens again.
      await enter(locals.app, 'sign_in', async (ctx) => {
        const { person_id } = await setUp(ctx, { token: params.token, ...values, password, language: locals.language })
        await joinSecretariat(ctx, { person_id })
      })
    } catch (thrown) {
      return refused(thrown, values)
    }
    return beginSession(event, { email: values.email, password }, '/desk')
  },
}
