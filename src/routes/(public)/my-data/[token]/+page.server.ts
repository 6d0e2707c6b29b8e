import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import {
  askAboutOwnData,
  openDataLink,
  openProvedLink,
  ownRequests,
  peopleAt,
  proveDataLink,
  requestKinds,
  type RequestKind,
  withdrawOwnConsents,
} from '#server/privacy/index.ts'
import { notSaved, refused } from '../../../../edge/answer-form.ts'
import { choiceOf, textOf } from '../../../../edge/form-fields.ts'
import { leaveNoTrace } from '../../../../edge/no-trace.ts'

const outcomes = ['asked', 'withdrawn'] as const
const WORDS_LENGTH_MAX = 5_000
/** What the forms of this page have in common when one of them is shown again. */
const nothing = { person_id: '', kind: 'copy' as RequestKind, words: '', code: '' }

export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const { channel, address, proved } = await openDataLink(locals.app, params.token)
  // Before the code was typed this page does not even say whose number it is.
  if (!proved) return { proved, token: params.token, address: '', people: [], requests: [], done: undefined }
  const [people, requests] = await Promise.all([
    peopleAt(locals.app, { channel, address }),
    ownRequests(locals.app, { channel, address }),
  ])
  return {
    proved,
    address,
    token: params.token,
    people,
    requests,
    done: outcomes.find((outcome) => url.searchParams.has(outcome)),
  }
}

export const actions: Actions = {
  prove: async ({ request, locals, params }) => {
    const values = { ...nothing, code: textOf(await request.formData(), 'code') }
    const failed = await proveDataLink(locals.app, { token: params.token, code: values.code }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? redirect(303, `/my-data/${params.token}`)
  },
  ask: async ({ request, locals, params }) => {
    const { channel, address, via } = await openProvedLink(locals.app, params.token)
    const form = await request.formData()
    const values = {
      ...nothing,
      person_id: textOf(form, 'person_id'),
      kind: choiceOf(form, 'kind', requestKinds),
      words: textOf(form, 'words'),
    }
    if (values.words.length > WORDS_LENGTH_MAX) return notSaved(values, [{ path: 'words', key: 'fault.too_long' }])
    if (values.kind === 'correction' && values.words === '')
      return notSaved(values, [{ path: 'words', key: 'my_data.fault_words' }])
    const failed = await askAboutOwnData(locals.app, {
      person_id: values.person_id,
      kind: values.kind,
      words: values.words,
      channel,
      address,
      via,
      language: locals.language,
    }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? redirect(303, `/my-data/${params.token}?asked`)
  },
  withdraw: async ({ request, locals, params }) => {
    const { channel, address } = await openProvedLink(locals.app, params.token)
    const person_id = textOf(await request.formData(), 'person_id')
    const values = { ...nothing, person_id }
    const failed = await withdrawOwnConsents(locals.app, { channel, address, person_id }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? redirect(303, `/my-data/${params.token}?withdrawn`)
  },
}
