import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { answerQuestions, seeOwnApplication, withdrawApplication } from '#server/membership/index.ts'
import { notSaved, refused } from '../../../../edge/answer-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../../edge/uploads.ts'

const outcomes = ['received', 'answered', 'withdrawn'] as const

/** Where an application stands, for whoever holds its link. */
export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  // Before anything can fail: whoever holds this address can read the application, so nothing may keep it or pass it on.
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  const { form, ...own } = await seeOwnApplication(locals.app, { token: params.token, client: locals.client })
  return {
    own,
    institution: form.institution?.name ?? '',
    token: params.token,
    done: outcomes.find((outcome) => url.searchParams.has(outcome)),
    withdrawing: url.searchParams.has('withdraw'),
  }
}

export const actions: Actions = {
  answer: async ({ request, locals, params }) => {
    const { id } = await seeOwnApplication(locals.app, { token: params.token, client: locals.client })
    const form = await request.formData()
    const values = { text: textOf(form, 'text') }
    const files = uploadsOf(form, 'files')
    const faults = uploadFaults(files, 'files')
    if (faults.length > 0) return notSaved(values, faults)
    try {
      await answerQuestions(locals.app, {
        application_id: id,
        text: values.text,
        attachments: await keepUploads(locals.app, files),
      })
    } catch (thrown) {
      return refused(thrown, values)
    }
    redirect(303, `/apply/${params.token}?answered`)
  },
  withdraw: async ({ locals, params }) => {
    const { id } = await seeOwnApplication(locals.app, { token: params.token, client: locals.client })
    try {
      await withdrawApplication(locals.app, { application_id: id })
    } catch (thrown) {
      return refused(thrown, { text: '' })
    }
    redirect(303, `/apply/${params.token}?withdrawn`)
  },
}
