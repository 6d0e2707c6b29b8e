import { redirect } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'
import { goToProvider, mustHaveSignedInRecently, sessionPerson, type Errand } from '#server/people/index.ts'
import { setCookie } from '../../../../../../edge/begin-session.ts'
import { localPath } from '../../../../../../edge/local-path.ts'
import { leaveNoTrace } from '../../../../../../edge/no-trace.ts'
import { saidWhy } from '../../../../../../edge/provider-journey.ts'

/**
 * A link, not a form: our policy lets forms lead to our own address only, and a provider may send people on to wherever it likes. Going
 * there changes nothing: what comes back is bound to this browser, and linking and accepting are confirmed by a form.
 */
export const load: PageServerLoad = async ({ locals, params, url, request, cookies, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const errand = await errandOf({ locals, url, request })
  const found = await goToProvider(locals.app, { provider_id: params.provider, errand, client: locals.client }).catch(
    saidWhy,
  )
  if ('why' in found) return found
  setCookie(cookies, found.cookie)
  redirect(303, found.address, { external: [new URL(found.address).origin] })
}

async function errandOf({ locals, url, request }: { locals: App.Locals; url: URL; request: Request }): Promise<Errand> {
  const next = localPath(url.searchParams.get('next'))
  const invitation = url.searchParams.get('invitation')
  if (invitation) return { to: 'accept', token: invitation.slice(0, 200) }
  if (url.searchParams.has('link') && locals.staff) {
    try {
      mustHaveSignedInRecently({ actor: locals.staff, now: new Date() })
    } catch (thrown) {
      saidWhy(thrown)
    }
    return { to: 'link', person_id: locals.staff.person_id }
  }
  const person = url.searchParams.has('again') ? await sessionPerson(locals.app, request.headers) : null
  return { to: 'sign_in', next, replaces: person?.session_id ?? null }
}
