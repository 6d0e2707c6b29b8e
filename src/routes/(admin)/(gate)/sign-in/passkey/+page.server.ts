import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { askWho, boundCookieName, sessionPerson, signInWithPasskey } from '#server/people/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { goOn, setCookie, visitOf } from '../../../../../edge/begin-session.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { localPath } from '../../../../../edge/local-path.ts'

/** Signing in, or (`?again`) proving once more that it is oneself, by a passkey. */
export const load: PageServerLoad = async ({ locals, url, request, cookies, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const again = url.searchParams.has('again')
  const next = localPath(url.searchParams.get('next'))
  if (locals.staff && !again) redirect(303, next)
  const person = again ? await sessionPerson(locals.app, request.headers) : null
  if (again && !person) redirect(303, `/sign-in?next=${encodeURIComponent(next)}`)
  const asked = askWho(locals.app, person?.person_id ?? null)
  if (asked) setCookie(cookies, asked.cookie)
  return { options: asked?.options ?? null, again, next, name: person?.name ?? null }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, request, cookies, url } = event
    const answer = textOf(await request.formData(), 'answer')
    const cookie = cookies.get(boundCookieName(locals.app, 'passkey'))
    const again = url.searchParams.has('again') ? await sessionPerson(locals.app, request.headers) : null
    const replaces = again?.session_id ?? null
    const entry = await signInWithPasskey(locals.app, { answer, cookie, visit: visitOf(event), replaces }).catch(
      (thrown: unknown) => refused(thrown, {}),
    )
    return 'step' in entry ? goOn(event, entry, localPath(url.searchParams.get('next'))) : entry
  },
}
