import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { answerDutyLink, seeDutyLink } from '#server/desks/index.ts'
import { refused } from '../../../../edge/answer-form.ts'
import { leaveNoTrace } from '../../../../edge/no-trace.ts'

const outcomes = ['agreed', 'refused'] as const
/** Where one is told that it is done: the link itself opens nothing any more. */
const DONE = 'done'

/** Asks once more; nothing is proven by opening it, because programs that look links over open them too. */
export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  leaveNoTrace(setHeaders)
  const done = outcomes.find((outcome) => url.searchParams.has(outcome))
  if (params.token === DONE && done) return { done, asked: null }
  const asked = await seeDutyLink(locals.app, { token: params.token, client: locals.client })
  return { done: null, asked }
}

export const actions: Actions = {
  agree: ({ locals, params }) => answer(locals, params.token, true),
  refuse: ({ locals, params }) => answer(locals, params.token, false),
}

async function answer(locals: App.Locals, token: string, is_mine: boolean) {
  const failed = await enter(locals.app, 'link', (ctx) => answerDutyLink(ctx, { token, is_mine })).then(
    () => null,
    (thrown: unknown) => refused(thrown, {}),
  )
  return failed ?? redirect(303, `/duty/${DONE}?${is_mine ? 'agreed' : 'refused'}`)
}
