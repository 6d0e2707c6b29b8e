import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter, type Writing } from '#server/platform/context.ts'
import { refuse } from '#server/platform/refusal.ts'
import { answerLinkedAgreement, endLinkedAgreement, seeLinkedAgreement } from '#server/referrals/index.ts'
import { confirmedIn } from '../../../../edge/agreement-form.ts'
import { refused } from '../../../../edge/answer-form.ts'

/** Whichever of the two did not record this agreement says whether it exists, and either ends it: that needs no account. */
export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  return { agreement: await enter(locals.app, 'link', (ctx) => seeLinkedAgreement(ctx, params.token)) }
}

export const actions: Actions = {
  answer_agreement: async ({ locals, params: { token }, request }) => {
    const confirmed = confirmedIn(await request.formData())
    return settle(locals, token, (ctx) =>
      answerLinkedAgreement(ctx, { token, confirmed: confirmed ?? refuse('invalid', 'paid.fault_choice') }),
    )
  },
  end_agreement: ({ locals, params: { token } }) => settle(locals, token, (ctx) => endLinkedAgreement(ctx, token)),
}

async function settle(locals: App.Locals, token: string, work: (ctx: Writing) => Promise<void>) {
  const failed = await enter(locals.app, 'link', work).then(
    () => null,
    (thrown: unknown) => refused(thrown, {}),
  )
  return failed ?? redirect(303, `/agreements/${token}`)
}
