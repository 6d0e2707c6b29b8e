import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { intakeSummary, listItems } from '#server/channels/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../edge/from-the-start.ts'

const outcomes = ['waiting', 'ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'] as const

export const load: PageServerLoad = ({ locals, url }) => {
  const outcome = outcomes.find((one) => one === url.searchParams.get('outcome'))
  const cursor = url.searchParams.get('cursor') ?? ''
  return read(locals.app, deskActor(locals), async (ctx) => ({
    ...(await fromTheStart(cursor, (from) => listItems(ctx, { outcome, cursor: from }))),
    sums: await intakeSummary(ctx),
    outcomes: [...outcomes],
    outcome,
  }))
}
