import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import {
  acceptOffer,
  AnswerOffer,
  askDesk,
  AskDesk,
  declineOffer,
  DeclineOffer,
  declineReasons,
  filesInWords,
  listOffers,
  pause,
  Pause,
  returnCase,
  ReturnCase,
  questionsOfOffers,
  seePauses,
  topicOf,
  undoAnswer,
  type OfferRow,
} from '#server/referrals/index.ts'
import { changeProvider, ChangeProvider } from '#server/desks/index.ts'
import { deskActor, optional, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { askedDesks, ledDesks } from './asked-desks.ts'

const outcomes = ['accepted', 'declined', 'undone', 'returned', 'paused', 'resumed', 'accepting', 'asked'] as const

/** What a member or partner is asked now, what it has, and what it can still take back. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('live:provider')
  const actor = deskActor(locals)
  const desks = askedDesks(actor)
  const led = new Set(ledDesks(actor).map(({ id }) => id))
  const told = (offer: OfferRow) => ({
    ...offer,
    topic: topicOf(offer, locals.language),
    files: offer.files.length > 0 ? filesInWords(offer.files, locals.language) : null,
  })
  return read(locals.app, actor, async (ctx) => {
    const desk_ids = desks.map(({ id }) => id)
    const [live, past, pauses] = await Promise.all([
      listOffers(ctx, { desk_ids, which: 'live', limit: 200 }),
      listOffers(ctx, { desk_ids, which: 'past', limit: 20 }),
      seePauses(ctx, desk_ids),
    ])
    const questions = await questionsOfOffers(
      ctx,
      live.map(({ id }) => id),
    )
    const undoable = [...live, ...past].filter(
      ({ state, undo_until }) =>
        /^(accepted|declined|returned)$/.test(state) && undo_until !== null && undo_until > ctx.now,
    )
    return {
      open: live.filter(({ state }) => state === 'open').map(told),
      cases: live.filter(({ state }) => state === 'accepted').map(told),
      undoable: undoable.map(told),
      questions,
      // The last day of it, not the midnight after.
      pauses: pauses.map((desk) => ({
        ...desk,
        is_led: led.has(desk.id),
        until: desk.until && new Date(desk.until.getTime() - 1),
      })),
      reasons: [...declineReasons],
      done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
    }
  })
}

const via = 'web' as const
const next = (outcome: (typeof outcomes)[number]) => `/desk/provider?done=${outcome}#done`

export const actions: Actions = {
  accept: async ({ request, locals }) => {
    const values = { offer_id: textOf(await request.formData(), 'offer_id') }
    return settle(locals, { form: `accept ${values.offer_id}`, ...values }, next('accepted'), (ctx) =>
      acceptOffer(ctx, parsed(AnswerOffer, { ...values, via })),
    )
  },
  decline: async ({ request, locals }) => {
    const values = whyOf(await request.formData())
    return settle(locals, { form: `decline ${values.offer_id}`, ...values }, next('declined'), (ctx) =>
      declineOffer(ctx, parsed(DeclineOffer, { ...values, reason_words: optional(values.reason_words), via })),
    )
  },
  undo: async ({ request, locals }) => {
    const values = { offer_id: textOf(await request.formData(), 'offer_id') }
    return settle(locals, { form: `undo ${values.offer_id}`, ...values }, next('undone'), (ctx) =>
      undoAnswer(ctx, parsed(AnswerOffer, { ...values, via })),
    )
  },
  return: async ({ request, locals }) => {
    const values = whyOf(await request.formData())
    return settle(locals, { form: `return ${values.offer_id}`, ...values }, next('returned'), (ctx) =>
      returnCase(ctx, parsed(ReturnCase, { ...values, reason_words: optional(values.reason_words), via })),
    )
  },
  accepting: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { desk_id: textOf(form, 'desk_id'), accepting: textOf(form, 'accepting') }
    return settle(locals, { form: `pause ${values.desk_id}`, ...values }, next('accepting'), (ctx) =>
      changeProvider(ctx, parsed(ChangeProvider, { desk_id: values.desk_id, accepting: values.accepting === 'yes' })),
    )
  },
  ask: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { offer_id: textOf(form, 'offer_id'), question: textOf(form, 'question') }
    return settle(locals, { form: `ask ${values.offer_id}`, ...values }, next('asked'), (ctx) =>
      askDesk(ctx, parsed(AskDesk, values)),
    )
  },
  pause: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { desk_id: textOf(form, 'desk_id'), days: textOf(form, 'days') }
    return settle(
      locals,
      { form: `pause ${values.desk_id}`, ...values },
      next(values.days === '0' ? 'resumed' : 'paused'),
      (ctx) => pause(ctx, parsed(Pause, { ...values, days: Number(values.days || Number.NaN), via })),
    )
  },
}

const whyOf = (form: FormData) => ({
  offer_id: textOf(form, 'offer_id'),
  reason_code: textOf(form, 'reason_code'),
  reason_words: textOf(form, 'reason_words'),
})
