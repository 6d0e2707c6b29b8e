import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter, write, type Writing } from '#server/platform/context.ts'
import { refuse, type Fault } from '#server/platform/refusal.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { confirm, makeFollowLink, rate, reject, withdraw } from '#server/tickets/index.ts'
import { answer } from '#server/intake/index.ts'
import {
  answerAgreement,
  AnswerAgreement,
  askProviders,
  AskProviders,
  confirmNoParty,
  ConfirmNoParty,
  endAgreement,
  EndAgreement,
  objectToReferral,
  recordAgreement,
  RecordAgreement,
  recordOutcome,
  RecordOutcome,
  replyToQuestion,
  ReplyToQuestion,
  withdrawNeed,
} from '#server/referrals/index.ts'
import { answerTyped, typedAgreement, type TypedAgreement } from '../../../../edge/agreement-form.ts'
import { notSaved, refused } from '../../../../edge/answer-form.ts'
import { parsed } from '../../../../edge/desk-form.ts'
import { holderOf } from '../../../../edge/follow-link.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { followUpOf, seeRequest } from '../../../../edge/see-request.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../../edge/uploads.ts'

const TEXT_LENGTH_MAX = 20_000
const WORDS_LENGTH_MAX = 2_000
// What the last form did; the address names it, so that a reload after the redirect does nothing again.
const outcomes = ['received', 'sent', 'confirmed', 'reopened', 'rated', 'withdrawn', 'objected', 'paid_saved'] as const

export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  // Before anything can fail: whoever holds this address can read the request, so nothing may keep it or pass it on.
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  const actor = await holderOf(locals.app, params.token)
  return {
    ...(await seeRequest(locals.app, actor, params.token)),
    done: outcomes.find((outcome) => url.searchParams.has(outcome)),
    withdrawing: url.searchParams.has('withdraw'),
  }
}

export const actions: Actions = {
  answer: async ({ request, locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    const form = await request.formData()
    const values = { answer: textOf(form, 'answer') }
    const files = uploadsOf(form, 'files')
    const faults: Fault[] = [
      ...(values.answer === '' && files.length === 0 ? [{ path: 'answer', key: 'follow.fault_text' }] : []),
      ...(values.answer.length > TEXT_LENGTH_MAX ? [{ path: 'answer', key: 'ask.fault_text_long' }] : []),
      ...uploadFaults(files, 'files'),
    ]
    if (faults.length > 0) return notSaved(values, faults)
    return settle(params.token, 'sent', values, async () => {
      const { ticket, opened } = await answer(locals.app, actor, {
        text: values.answer,
        attachments: await keepUploads(locals.app, files),
        form_id: textOf(form, 'form_id') || randomToken(),
      })
      // A request closed long ago goes on in another one, which has a link of its own.
      if (ticket.id !== actor.ticket_id)
        return linkTo(locals, ticket.id, actor.person_id, opened ? '?received' : '?sent')
    })
  },

  /** To the request in which this one goes on. */
  go_on: async ({ locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    const next = (await followUpOf(locals.app, actor)) ?? refuse('not_found', 'link')
    redirect(303, await linkTo(locals, next.id, actor.person_id))
  },

  solved: async ({ locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    return settle(params.token, 'confirmed', {}, () =>
      write(locals.app, actor, (ctx) => confirm(ctx, { ticket_id: actor.ticket_id })),
    )
  },

  not_solved: async ({ request, locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    const values = { not_solved: textOf(await request.formData(), 'not_solved') }
    if (values.not_solved === '') return notSaved(values, [{ path: 'not_solved', key: 'follow.fault_not_solved' }])
    if (values.not_solved.length > TEXT_LENGTH_MAX)
      return notSaved(values, [{ path: 'not_solved', key: 'ask.fault_text_long' }])
    return settle(params.token, 'reopened', values, async () => {
      await write(locals.app, actor, (ctx) => reject(ctx, { ticket_id: actor.ticket_id, text: values.not_solved }))
    })
  },

  rate: async ({ request, locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    const form = await request.formData()
    const values = { score: textOf(form, 'score'), words: textOf(form, 'words') }
    if (!/^[1-5]$/.test(values.score)) return notSaved(values, [{ path: 'score', key: 'follow.fault_score' }])
    if (values.words.length > WORDS_LENGTH_MAX) return notSaved(values, [{ path: 'words', key: 'follow.fault_words' }])
    return settle(params.token, 'rated', values, () =>
      write(locals.app, actor, (ctx) =>
        rate(ctx, { ticket_id: actor.ticket_id, score: Number(values.score), words: values.words }),
      ),
    )
  },

  object: async ({ request, locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    const values = { objection: textOf(await request.formData(), 'objection') }
    if (values.objection === '') return notSaved(values, [{ path: 'objection', key: 'follow.fault_objection' }])
    if (values.objection.length > WORDS_LENGTH_MAX)
      return notSaved(values, [{ path: 'objection', key: 'follow.fault_words' }])
    return settle(params.token, 'objected', values, () =>
      write(locals.app, actor, (ctx) => objectToReferral(ctx, { ticket_id: actor.ticket_id, words: values.objection })),
    )
  },

  ask_providers: async ({ request, locals, params }) => {
    const form = await request.formData()
    const answer_ids = textOf(form, 'all') === 'yes' ? null : form.getAll('answer_ids')
    return paid(locals, params.token, {}, (ctx, ticket_id) =>
      askProviders(ctx, parsed(AskProviders, { ticket_id, answer_ids })),
    )
  },

  show_contacts: async ({ request, locals, params }) => {
    const answer_id = textOf(await request.formData(), 'answer_id')
    return paid(locals, params.token, {}, (ctx, ticket_id) =>
      confirmNoParty(ctx, parsed(ConfirmNoParty, { ticket_id, answer_id })),
    )
  },

  reply_question: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { answer_id: textOf(form, 'answer_id'), reply: textOf(form, 'reply') }
    return paid(locals, params.token, values, (ctx, ticket_id) =>
      replyToQuestion(ctx, parsed(ReplyToQuestion, { ticket_id, ...values })),
    )
  },

  outcome: async ({ request, locals, params }) => {
    const outcome = textOf(await request.formData(), 'outcome')
    if (outcome === '') return notSaved<Partial<FollowValues>>({}, [{ path: 'outcome', key: 'paid.fault_choice' }])
    return paid(locals, params.token, {}, (ctx, ticket_id) =>
      recordOutcome(ctx, parsed(RecordOutcome, { ticket_id, answer_id: outcome === 'nobody' ? null : outcome })),
    )
  },

  record_agreement: async ({ request, locals, params }) => {
    const agreement = typedAgreement(await request.formData())
    return paid(locals, params.token, { agreement }, (ctx) => recordAgreement(ctx, parsed(RecordAgreement, agreement)))
  },

  answer_agreement: async ({ request, locals, params }) => {
    const typed = answerTyped(await request.formData())
    return paid(locals, params.token, {}, (ctx) => answerAgreement(ctx, parsed(AnswerAgreement, typed)))
  },

  end_agreement: async ({ request, locals, params }) => {
    const agreement_id = textOf(await request.formData(), 'agreement_id')
    return paid(locals, params.token, {}, (ctx) => endAgreement(ctx, parsed(EndAgreement, { agreement_id })))
  },

  withdraw_need: ({ locals, params }) =>
    paid(locals, params.token, {}, (ctx, ticket_id) => withdrawNeed(ctx, { ticket_id })),

  withdraw: async ({ locals, params }) => {
    const actor = await holderOf(locals.app, params.token)
    return settle(params.token, 'withdrawn', {}, () =>
      write(locals.app, actor, (ctx) => withdraw(ctx, { ticket_id: actor.ticket_id })),
    )
  },
}

/** One step of paid work, by whoever holds the link. */
async function paid(
  locals: App.Locals,
  token: string,
  values: Partial<FollowValues>,
  work: (ctx: Writing, ticket_id: string) => Promise<unknown>,
) {
  const actor = await holderOf(locals.app, token)
  return settle(token, 'paid_saved', values, async () => {
    await write(locals.app, actor, (ctx) => work(ctx, actor.ticket_id))
  })
}

type Outcome = (typeof outcomes)[number]

const linkTo = async (locals: App.Locals, ticket_id: string, person_id: string, query = '') =>
  `/follow/${await enter(locals.app, 'link', (ctx) => makeFollowLink(ctx, { ticket_id, person_id }))}${query}`

/** Does it, then shows this page afresh, or the one whose address the work answers; what was typed comes back when it was refused. */
async function settle(
  token: string,
  outcome: Outcome,
  values: Partial<FollowValues>,
  work: () => Promise<string | void>,
) {
  const done = await work().then(
    (elsewhere) => elsewhere ?? `/follow/${token}?${outcome}`,
    (thrown: unknown) => refused(thrown, values),
  )
  return typeof done === 'string' ? redirect(303, done) : done
}

export type FollowValues = {
  /** Of the form of an agreement, which has fields of its own. */
  agreement: TypedAgreement
  answer_id: string
  reply: string
  objection: string
  answer: string
  not_solved: string
  score: string
  words: string
}
