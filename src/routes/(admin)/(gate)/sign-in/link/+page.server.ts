import { setTimeout } from 'node:timers/promises'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { queueMessages } from '#server/channels/index.ts'
import { normaliseAddress, requestSignInLink, signInLinkMail } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

// Longer than making a mail takes, so that the answer comes after the same time whether there is an account or not.
const ANSWER_AFTER_MS = 400

export const load: PageServerLoad = ({ setHeaders }) => setHeaders({ 'cache-control': 'no-store' })

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const values = { email: textOf(await request.formData(), 'email') }
    if (normaliseAddress('email', values.email) === null)
      return notSaved(values, [{ path: 'email', key: 'fault.email' }])
    const answer = setTimeout(ANSWER_AFTER_MS)
    try {
      await enter(locals.app, 'sign_in', async (ctx) => {
        const wanted = await requestSignInLink(ctx, { email: values.email, client: locals.client })
        if (wanted) await queueMessages(ctx, [signInLinkMail(locals.app, wanted)])
      })
    } catch (thrown) {
      return refused(thrown, values)
    }
    await answer
    return { sent: true }
  },
}
