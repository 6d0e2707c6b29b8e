import type { Actions, PageServerLoad } from './$types'
import { openLink, signInByLink } from '#server/people/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { goOn, visitOf } from '../../../../../edge/begin-session.ts'
import { leaveNoTrace } from '../../../../../edge/no-trace.ts'

/** Looking uses nothing up: programs that check mails open every link. The button does. */
export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const link = await openLink(locals.app, { purpose: 'sign_in', token: params.token, client: locals.client })
  return { name: link.name ?? '', email: link.address ?? '' }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, params } = event
    const entry = await signInByLink(locals.app, { token: params.token, visit: visitOf(event) }).catch(
      (thrown: unknown) => refused(thrown, {}),
    )
    return 'step' in entry ? goOn(event, entry, '/desk') : entry
  },
}
