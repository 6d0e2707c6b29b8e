import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listExistingAgreements } from '#server/referrals/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

/** That agreements exist: who, and from when to when. What they say is the two's alone. */
export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => ({ agreements: await listExistingAgreements(ctx) }))
}
