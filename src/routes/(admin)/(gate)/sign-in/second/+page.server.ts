import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { answerSecondStep, askSecondPasskey, dueStep } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { goOn, visitOf } from '../../../../../edge/begin-session.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { localPath } from '../../../../../edge/local-path.ts'

export const load: PageServerLoad = async ({ locals, url, request, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const half = await dueStep(locals.app, request.headers)
  if (!half && locals.staff) redirect(303, localPath(url.searchParams.get('next')))
  if (half?.due === 'set_up') redirect(303, `/sign-in/factor${url.search}`)
  const passkey = half && (await askSecondPasskey(locals.app, request.headers)) !== null
  return { is_due: half !== null, passkey, query: url.search }
}

export const actions: Actions = {
  default: async (event) => {
    const { locals, request, url } = event
    const code = textOf(await request.formData(), 'code')
    if (!code) return notSaved({}, [{ path: 'code', key: 'fault.required' }])
    const entry = await answerSecondStep(locals.app, { code, visit: visitOf(event) }).catch((thrown: unknown) =>
      refused(thrown, {}),
    )
    return 'step' in entry ? goOn(event, entry, localPath(url.searchParams.get('next'))) : entry
  },
}
