import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { answerAgreement, seeLinkedAgreement } from '#server/referrals/index.ts'
import { refused } from '../../../../edge/answer-form.ts'

/** Whoever asked for the work says for their institution whether this agreement exists: it needs no account. */
export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  return { agreement: await enter(locals.app, 'link', (ctx) => seeLinkedAgreement(ctx, params.token)) }
}

const act =
  (confirmed: boolean): Actions[string] =>
  async ({ locals, params }) => {
    const failed = await enter(locals.app, 'link', (ctx) =>
      answerAgreement(ctx, { token: params.token, confirmed }),
    ).then(
      () => null,
      (thrown: unknown) => refused(thrown, {}),
    )
    return failed ?? redirect(303, `/agreements/${params.token}`)
  }

export const actions: Actions = { confirm: act(true), decline: act(false) }
