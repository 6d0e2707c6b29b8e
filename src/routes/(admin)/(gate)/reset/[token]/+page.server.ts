import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { openLink, resetPassword } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { leaveNoTrace } from '../../../../../edge/no-trace.ts'
import { passwordFaults, passwordOf } from '../../../../../edge/typed-password.ts'

export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const link = await openLink(locals.app, { purpose: 'reset', token: params.token, client: locals.client })
  return { email: link.address ?? '' }
}

export const actions: Actions = {
  default: async ({ locals, params, request }) => {
    const form = await request.formData()
    const faults = passwordFaults(form)
    if (faults.length > 0) return notSaved({}, faults)
    try {
      await enter(locals.app, 'sign_in', (ctx) =>
        resetPassword(ctx, { token: params.token, password: passwordOf(form) }),
      )
    } catch (thrown) {
      return refused(thrown, {})
    }
    // Signing in anew shows that the new password is known.
    redirect(303, '/sign-in?reset')
  },
}
