import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { AnswerPaid, answerPaid, seeLinkedPaid } from '#server/referrals/index.ts'
import { refused } from '../../../../edge/answer-form.ts'
import { parsed } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'

/** Shows what work is needed and asks once more; nothing is answered by opening it, because programs that look links over open them too. */
export const load: PageServerLoad = async ({ locals, params, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
  const seen = await enter(locals.app, 'link', (ctx) => seeLinkedPaid(ctx, params.token))
  const { stands, name, time_zone, region, wanted_by, due_at, answer, question, reply, contact, summary } = seen
  return {
    paid: {
      stands,
      name,
      zone: time_zone,
      region,
      wanted_by,
      due_at,
      answer,
      question,
      reply,
      contact,
      // Whoever holds the link of one that is over learns no more of it.
      summary: stands === 'ended' || stands === 'over' ? null : summary,
    },
  }
}

const act =
  (answer: 'interested' | 'not_interested' | 'question'): Actions[string] =>
  async ({ locals, params, request }) => {
    const form = await request.formData()
    // Each form has its own fields, and only those are read (src/edge/form-catalog.ts).
    const values = {
      question: answer === 'question' ? textOf(form, 'question') : '',
      no_party: answer === 'interested' ? textOf(form, 'no_party') : '',
    }
    const given = {
      interested: { no_party: values.no_party === 'yes' },
      not_interested: {},
      question: { question: values.question },
    }[answer]
    const failed = await enter(locals.app, 'link', (ctx) =>
      answerPaid(ctx, parsed(AnswerPaid, { token: params.token, answer, ...given })),
    ).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? redirect(303, `/paid/${params.token}`)
  }

export const actions: Actions = {
  interested: act('interested'),
  not_interested: act('not_interested'),
  question: act('question'),
}
