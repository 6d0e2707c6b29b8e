import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import {
  askAboutOwnData,
  openDataLink,
  ownRequests,
  peopleAt,
  requestKinds,
  withdrawOwnConsents,
} from '#server/privacy/index.ts'
import { notSaved, refused } from '../../../../edge/answer-form.ts'
import { choiceOf, textOf } from '../../../../edge/form-fields.ts'
import { leaveNoTrace } from '../../../../edge/no-trace.ts'

const outcomes = ['asked', 'withdrawn'] as const
const WORDS_LENGTH_MAX = 5_000

export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const { address } = await openDataLink(locals.app, params.token)
  const [people, requests] = await Promise.all([peopleAt(locals.app, address), ownRequests(locals.app, address)])
  return {
    address,
    token: params.token,
    people,
    requests,
    done: outcomes.find((outcome) => url.searchParams.has(outcome)),
  }
}

export const actions: Actions = {
  ask: async ({ request, locals, params }) => {
    const { address } = await openDataLink(locals.app, params.token)
    const form = await request.formData()
    const values = {
      person_id: textOf(form, 'person_id'),
      kind: choiceOf(form, 'kind', requestKinds),
      words: textOf(form, 'words'),
    }
    if (values.words.length > WORDS_LENGTH_MAX) return notSaved(values, [{ path: 'words', key: 'fault.too_long' }])
    if (values.kind === 'correction' && values.words === '')
      return notSaved(values, [{ path: 'words', key: 'my_data.fault_words' }])
    const failed = await askAboutOwnData(locals.app, { ...values, address, language: locals.language }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? redirect(303, `/my-data/${params.token}?asked`)
  },
  withdraw: async ({ request, locals, params }) => {
    const { address } = await openDataLink(locals.app, params.token)
    const person_id = textOf(await request.formData(), 'person_id')
    const values = { person_id, kind: 'copy' as const, words: '' }
    const failed = await withdrawOwnConsents(locals.app, { address, person_id }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? redirect(303, `/my-data/${params.token}?withdrawn`)
  },
}
