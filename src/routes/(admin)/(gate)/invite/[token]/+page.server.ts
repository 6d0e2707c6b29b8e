import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { acceptInvitation, openLink } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { beginSession } from '../../../../../edge/begin-session.ts'
import { leaveNoTrace } from '../../../../../edge/no-trace.ts'
import { passwordFaults, passwordOf } from '../../../../../edge/typed-password.ts'
import { waysIn } from '../../../../../edge/ways-in.ts'

export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const link = await openLink(locals.app, { purpose: 'invite', token: params.token, client: locals.client })
  return { name: link.name ?? '', email: link.address ?? '', ...(await waysIn({ locals, url })) }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, params, request } = event
    const form = await request.formData()
    const password = passwordOf(form)
    const faults = passwordFaults(form)
    if (faults.length > 0) return notSaved({}, faults)
    const accepted = await enter(locals.app, 'sign_in', (ctx) =>
      acceptInvitation(ctx, { token: params.token, password }),
    ).catch((thrown: unknown) => refused(thrown, {}))
    return 'email' in accepted ? beginSession(event, { email: accepted.email, password }, '/desk') : accepted
  },
}
