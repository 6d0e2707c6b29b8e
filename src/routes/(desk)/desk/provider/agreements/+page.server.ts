import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { randomToken } from '#server/platform/secrets.ts'
import {
  answerAgreement,
  AnswerAgreement,
  endAgreement,
  EndAgreement,
  listAgreements,
  listCustomers,
  recordAgreement,
  RecordAgreement,
} from '#server/referrals/index.ts'
import { agreementTerms, answerTyped, typedAgreement } from '../../../../../edge/agreement-form.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { askedDesks } from '../asked-desks.ts'

const outcomes = ['recorded', 'answered', 'ended'] as const

/** The agreements of one's own desk with their terms, and with whom one could be recorded. Nobody else reads them. */
export const load: PageServerLoad = ({ locals, url, depends }) => {
  depends('live:provider')
  const actor = deskActor(locals)
  // Refused before anything is asked: the layout beside us refuses the same, and nobody could tell how far we came by then.
  askedDesks(actor)
  return read(locals.app, actor, async (ctx) => ({
    agreements: await listAgreements(ctx),
    customers: (actor.providers ?? []).length > 0 ? await listCustomers(ctx) : [],
    records: (actor.providers ?? []).length > 0,
    terms: agreementTerms,
    form_id: randomToken(),
    done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
  }))
}

const next = (done: (typeof outcomes)[number]) => `/desk/provider/agreements?done=${done}`

export const actions: Actions = {
  record_agreement: async ({ request, locals }) => {
    const form = await request.formData()
    const typed = typedAgreement(form)
    const values = { form: 'record', form_id: textOf(form, 'form_id'), ...typed }
    return settle(locals, values, next('recorded'), (ctx) => recordAgreement(ctx, parsed(RecordAgreement, typed)))
  },
  answer_agreement: async ({ request, locals }) => {
    const typed = answerTyped(await request.formData())
    return settle(locals, { form: 'answer', agreement_id: typed.agreement_id }, next('answered'), (ctx) =>
      answerAgreement(ctx, parsed(AnswerAgreement, typed)),
    )
  },
  end_agreement: async ({ request, locals }) => {
    const agreement_id = textOf(await request.formData(), 'agreement_id')
    return settle(locals, { form: 'end', agreement_id }, next('ended'), (ctx) =>
      endAgreement(ctx, parsed(EndAgreement, { agreement_id })),
    )
  },
}
