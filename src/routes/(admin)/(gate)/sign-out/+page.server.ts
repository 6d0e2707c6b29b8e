import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { sessionPerson, signOut } from '#server/people/index.ts'
import { setCookie } from '../../../../edge/begin-session.ts'

/** Looking at this page ends nothing: a picture or a link in a mail must not sign anybody out. */
export const load: PageServerLoad = async ({ locals, request, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const person = await sessionPerson(locals.app, request.headers)
  return person ? { name: person.name } : redirect(303, '/sign-in')
}

export const actions: Actions = {
  default: async ({ locals, request, cookies }) => {
    const { cookie } = await signOut(locals.app, request.headers)
    setCookie(cookies, cookie)
    redirect(303, '/sign-in?out')
  },
}
