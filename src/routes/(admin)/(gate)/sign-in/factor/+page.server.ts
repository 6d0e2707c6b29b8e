import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { confirmDueFactor, dueKey } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { setCookie, visitOf } from '../../../../../edge/begin-session.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { localPath } from '../../../../../edge/local-path.ts'

export const load: PageServerLoad = async ({ locals, url, request, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const key = await dueKey(locals.app, request.headers)
  if (!key && locals.staff && request.method === 'GET') redirect(303, localPath(url.searchParams.get('next')))
  return { key, next: localPath(url.searchParams.get('next')), site: new URL(locals.app.settings.PANDU_ORIGIN).host }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, request, cookies } = event
    const code = textOf(await request.formData(), 'code')
    if (!code) return notSaved({}, [{ path: 'code', key: 'fault.required' }])
    try {
      const { entry, codes } = await confirmDueFactor(locals.app, { code, visit: visitOf(event) })
      for (const cookie of [entry.cookie, ...entry.beside]) setCookie(cookies, cookie)
      return { codes }
    } catch (thrown) {
      return refused(thrown, {})
    }
  },
}
