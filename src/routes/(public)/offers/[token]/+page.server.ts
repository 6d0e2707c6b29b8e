import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter, type Writing } from '#server/platform/context.ts'
import {
  answerByLink,
  declineReasons,
  filesInWords,
  seeLinkedOffer,
  topicOf,
  undoByLink,
} from '#server/referrals/index.ts'
import { notSaved, refused } from '../../../../edge/answer-form.ts'
import { choiceOf, textOf } from '../../../../edge/form-fields.ts'

const WORDS_LENGTH_MAX = 500
export interface OfferValues {
  reason: string
  words: string
}

/** Shows what is asked and asks once more; nothing is decided by opening it, because programs that look links over open them too. */
export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  const offer = await enter(locals.app, 'link', (ctx) => seeLinkedOffer(ctx, params.token))
  const { state, code, summary, desk, organisation, region, urgency, kind, due_at, undo_until, link } = offer
  const shown = state === 'open'
  return {
    token: params.token,
    offer: {
      state,
      code,
      kind,
      due_at,
      undo_until,
      zone: desk.time_zone,
      organisation: organisation?.name ?? desk.name,
      // Whoever holds the link of an offer that is over learns no more of the request.
      summary: shown ? summary : null,
      region: shown ? region.name : null,
      urgency: shown ? urgency : null,
      topic: shown ? topicOf(offer, locals.language) : null,
      files: shown && offer.files.length > 0 ? filesInWords(offer.files, locals.language) : null,
      by_holder: offer.answered_by_holder,
      may_undo: offer.may_undo,
    },
    asked: link.answer,
    reasons: [...declineReasons],
  }
}

export const actions: Actions = {
  accept: ({ locals, params }) =>
    settle(locals, params.token, { reason: '', words: '' }, (ctx) =>
      answerByLink(ctx, { token: params.token, answer: 'accept' }),
    ),

  decline: async ({ locals, params, request }) => {
    const form = await request.formData()
    const values = { reason: textOf(form, 'reason'), words: textOf(form, 'words') }
    if (!declineReasons.some((reason) => reason === values.reason))
      return notSaved(values, [{ path: 'reason', key: 'offer.fault_reason' }])
    const reason_code = choiceOf(form, 'reason', declineReasons)
    if (reason_code === 'other' && values.words === '')
      return notSaved(values, [{ path: 'words', key: 'offer.fault_words' }])
    if (values.words.length > WORDS_LENGTH_MAX)
      return notSaved(values, [{ path: 'words', key: 'offer.fault_words_long' }])
    return settle(locals, params.token, values, (ctx) =>
      answerByLink(ctx, {
        token: params.token,
        answer: 'decline',
        reason_code,
        reason_words: values.words || undefined,
      }),
    )
  },

  undo: ({ locals, params }) =>
    settle(locals, params.token, { reason: '', words: '' }, (ctx) => undoByLink(ctx, { token: params.token })),
}

/** Does it, then shows the page afresh: what became of the offer stands there. */
async function settle(locals: App.Locals, token: string, values: OfferValues, work: (ctx: Writing) => Promise<void>) {
  const failed = await enter(locals.app, 'link', work).then(
    () => null,
    (thrown: unknown) => refused(thrown, values),
  )
  return failed ?? redirect(303, `/offers/${token}`)
}
