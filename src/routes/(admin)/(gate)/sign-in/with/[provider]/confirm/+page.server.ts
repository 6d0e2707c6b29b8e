import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { queueMessages } from '#server/channels/index.ts'
import {
  acceptByProvider,
  boundCookieName,
  invitedName,
  linkProvider,
  unconfirmedOf,
  wayChangedMail,
} from '#server/people/index.ts'
import { refused } from '../../../../../../../edge/answer-form.ts'
import { goOn, visitOf } from '../../../../../../../edge/begin-session.ts'
import { deskActor } from '../../../../../../../edge/desk-form.ts'
import { leaveNoTrace } from '../../../../../../../edge/no-trace.ts'
import { ownSession } from '../../../../../../../edge/own-session.ts'
import { OWN_WAYS, saidWhy } from '../../../../../../../edge/provider-journey.ts'

/** Whose account the provider has just named, before anything is linked: perhaps somebody else's was open there. */
export const load: PageServerLoad = async ({ locals, params, cookies, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const found = unconfirmedOf(locals.app, cookies.get(boundCookieName(locals.app, 'confirm')))
  if (found?.provider_id !== params.provider) return { why: 'refusal.provider.lost' }
  const { errand, identity, provider_name } = found
  const name =
    errand.to === 'link'
      ? locals.staff?.person_id === errand.person_id
        ? locals.staff.name
        : null
      : await enter(locals.app, 'sign_in', (ctx) => invitedName(ctx, errand.token))
  if (name === null) return { why: errand.to === 'link' ? 'refusal.provider.lost' : 'refusal.link' }
  return { to: errand.to, name, provider: provider_name, label: identity.label }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, cookies } = event
    const { app } = locals
    const cookie = cookies.get(boundCookieName(app, 'confirm'))
    try {
      if (unconfirmedOf(app, cookie)?.errand.to === 'accept')
        return goOn(event, await acceptByProvider(app, { cookie, visit: visitOf(event) }), '/desk')
      const session_id = await ownSession(event)
      await linkProvider(app, deskActor(locals), { cookie, session_id }, (ctx, changed) =>
        queueMessages(ctx, [wayChangedMail(app, changed)]),
      )
    } catch (thrown) {
      // Leads to "sign in once more" where that is what is missing.
      saidWhy(thrown)
      return refused(thrown, {})
    }
    redirect(303, `${OWN_WAYS}?done=saved`)
  },
}
