import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { changeDesk, ChangeDesk, listCompetences } from '#server/desks/index.ts'
import { deskActor, parsed, settle } from '../../../../../../../edge/desk-form.ts'

export const load: PageServerLoad = async ({ locals, parent }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const { desk } = await parent()
  const chosen = new Set(desk.competences.map(({ code }) => code))
  const all = await read(locals.app, actor, (ctx) => listCompetences(ctx, { all: true }))
  // A word that was switched off stays with the desks that have it and is offered to no other.
  return { competences: all.filter(({ code, switched_off_at }) => switched_off_at === null || chosen.has(code)) }
}

export const actions: Actions = {
  default: async ({ request, locals, params }) => {
    const competences = (await request.formData()).getAll('competence').map(String)
    return settle(
      locals,
      { form: 'competences', chosen: competences.join(' ') },
      `/desk/settings/desks/${params.id}/competences?done=saved`,
      (ctx) => changeDesk(ctx, parsed(ChangeDesk, { desk_id: params.id, competences })),
    )
  },
}
