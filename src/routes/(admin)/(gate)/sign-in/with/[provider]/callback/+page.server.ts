import { redirect } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'
import { boundCookieName, returnFromProvider } from '#server/people/index.ts'
import { goOn, setCookie, visitOf } from '../../../../../../../edge/begin-session.ts'
import { leaveNoTrace } from '../../../../../../../edge/no-trace.ts'
import { saidWhy } from '../../../../../../../edge/provider-journey.ts'

/** Where a provider sends people back to. The one GET that acts: it counts once, and only in the browser that went. */
export const load: PageServerLoad = async (event) => {
  const { locals, params, url, cookies, setHeaders } = event
  leaveNoTrace(setHeaders)
  const returned = await returnFromProvider(locals.app, {
    provider_id: params.provider,
    search: url.search,
    cookie: cookies.get(boundCookieName(locals.app, 'provider')),
    visit: visitOf(event),
  }).catch(saidWhy)
  if ('why' in returned) return returned
  setCookie(cookies, returned.forget)
  if (returned.done === 'entered') return goOn(event, returned.entry, returned.next)
  setCookie(cookies, returned.cookie)
  redirect(303, `/sign-in/with/${params.provider}/confirm`)
}
