import type { LayoutServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { deskActor } from '../../../../../../edge/desk-form.ts'
import { seenDesk } from './seen-desk.ts'

export const load: LayoutServerLoad = async ({ locals, params }) => {
  const actor = deskActor(locals)
  return {
    desk: await read(locals.app, actor, (ctx) => seenDesk(ctx, params.id)),
    /** False for the desk's own coordinator: hours and "accepting" only. */
    may_all: mayCoordinateAll(actor),
  }
}
