import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listOffices } from '#server/tickets/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'

/** "Kantor kami": the offices of an institution's own desk, by what waits longest. Empty for everybody else. */
export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('live:queue')
  const actor = deskActor(locals)
  return read(locals.app, actor, async (ctx) => ({
    offices: await listOffices(ctx),
    /** Whose particulars this person keeps. */
    led: actor.desks
      .filter(({ kind, role }) => kind === 'own_unit' && role === 'coordinator')
      .map(({ id, name }) => ({ id, name })),
    now: ctx.now,
  }))
}
