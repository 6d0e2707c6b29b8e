import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { intakeSummary, listItems, missingPieces } from '#server/channels/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../edge/from-the-start.ts'

const outcomes = ['waiting', 'ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'] as const

export const load: PageServerLoad = ({ locals, url }) => {
  const outcome = outcomes.find((one) => one === url.searchParams.get('outcome'))
  const cursor = url.searchParams.get('cursor') ?? ''
  return read(locals.app, deskActor(locals), async (ctx) => {
    const list = await fromTheStart(cursor, (from) => listItems(ctx, { outcome, cursor: from }))
    const cut = list.items.filter(({ reason }) => reason === 'partial').map(({ id }) => id)
    return {
      ...list,
      pieces: await missingPieces(ctx, cut),
      sums: await intakeSummary(ctx),
      outcomes: [...outcomes],
      outcome,
    }
  })
}
