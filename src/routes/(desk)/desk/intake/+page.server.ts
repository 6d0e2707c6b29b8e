import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { intakeSummary, listItems } from '#server/channels/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'

const outcomes = ['waiting', 'ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'] as const

export const load: PageServerLoad = ({ locals, url }) => {
  const outcome = outcomes.find((one) => one === url.searchParams.get('outcome'))
  const cursor = url.searchParams.get('cursor') ?? ''
  return read(locals.app, deskActor(locals), async (ctx) => ({
    ...(await listItems(ctx, { outcome, cursor: isId(cursor) ? cursor : undefined })),
    sums: await intakeSummary(ctx),
    outcomes: [...outcomes],
    outcome,
  }))
}
