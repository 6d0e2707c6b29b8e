import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { ownShares } from '#server/referrals/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { askedDesks } from '../asked-desks.ts'

/** One's own figures; those of others are nobody's business here. */
export const load: PageServerLoad = ({ locals, depends }) => {
  depends('live:provider')
  const actor = deskActor(locals)
  const desk_ids = askedDesks(actor).map(({ id }) => id)
  return read(locals.app, actor, async (ctx) => ({ shares: await ownShares(ctx, desk_ids) }))
}
