import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { refuse } from '#server/platform/refusal.ts'
import { listDesks, mayChangeDesk } from '#server/desks/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

/** All desks for the secretariat; a desk's coordinator sees the own ones. */
export const load: PageServerLoad = async ({ locals }) => {
  const actor = deskActor(locals)
  const all = await read(locals.app, actor, (ctx) => listDesks(ctx, { all: true }))
  const desks = all.filter((desk) => mayChangeDesk(actor, desk.id, ['hours']))
  const may_add = mayCoordinateAll(actor)
  if (desks.length === 0 && !may_add) refuse('forbidden', 'coordinate_all')
  return { desks, may_add, mail_domain: locals.app.settings.PANDU_MAIL_DOMAIN }
}
