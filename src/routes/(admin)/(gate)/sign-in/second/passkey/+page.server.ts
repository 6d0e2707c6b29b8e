import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { answerWithPasskey, askSecondPasskey, boundCookieName } from '#server/people/index.ts'
import { refused } from '../../../../../../edge/answer-form.ts'
import { goOn, setCookie, visitOf } from '../../../../../../edge/begin-session.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'
import { localPath } from '../../../../../../edge/local-path.ts'

/** The second step by a passkey. Whoever has none, or no step to do, is led to the page that says so. */
export const load: PageServerLoad = async ({ locals, url, request, cookies, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const asked = await askSecondPasskey(locals.app, request.headers)
  if (!asked && request.method === 'GET') redirect(303, `/sign-in/second${url.search}`)
  if (asked) setCookie(cookies, asked.cookie)
  return { options: asked?.options ?? null, next: localPath(url.searchParams.get('next')) }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, request, cookies, url } = event
    const answer = textOf(await request.formData(), 'answer')
    const cookie = cookies.get(boundCookieName(locals.app, 'passkey'))
    const entry = await answerWithPasskey(locals.app, { answer, cookie, visit: visitOf(event) }).catch(
      (thrown: unknown) => refused(thrown, {}),
    )
    return 'step' in entry ? goOn(event, entry, localPath(url.searchParams.get('next'))) : entry
  },
}
