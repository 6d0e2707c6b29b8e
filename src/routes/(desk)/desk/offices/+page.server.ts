import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listOffices } from '#server/tickets/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'

/** "Kantor kami": the offices of an institution's own desk, by what waits longest. Empty for everybody else. */
export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('live:queue')
  return read(locals.app, deskActor(locals), async (ctx) => ({ offices: await listOffices(ctx), now: ctx.now }))
}
