import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { may } from '#server/platform/may.ts'
import { refuse } from '#server/platform/refusal.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listDesks } from '#server/desks/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

/** Members' and partners' desks: all of them for the secretariat, the own ones for a coordinator. */
export const load: PageServerLoad = async ({ locals }) => {
  const actor = deskActor(locals)
  const all = await read(locals.app, actor, (ctx) => listDesks(ctx))
  const desks = all.filter(({ id, kind }) => kind === 'provider' && may(actor, 'desk.change_profile', { id }))
  if (desks.length === 0 && !mayCoordinateAll(actor)) refuse('forbidden', 'coordinate_all')
  return {
    desks: desks.map(({ id, name, accepting, regions }) => ({
      id,
      name,
      accepting,
      regions: regions.map((region) => region.name),
    })),
  }
}
