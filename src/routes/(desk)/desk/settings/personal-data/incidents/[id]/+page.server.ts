import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { refuse } from '#server/platform/refusal.ts'
import { closeIncident, CloseIncident, noteAgencyTold, seeIncident, tellPeople } from '#server/privacy/index.ts'
import { deskActor, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../../edge/form-fields.ts'

const idOf = (text: string) => (isId(text) ? text : refuse('not_found', 'privacy.incident'))

export const load: PageServerLoad = ({ locals, params, url }) =>
  read(locals.app, deskActor(locals), async (ctx) => ({
    incident: await seeIncident(ctx, idOf(params.id)),
    now: ctx.now,
    /** The first click: what will be sent is shown once more. */
    sure: url.searchParams.has('tell'),
  }))

const here = (id: string) => `/desk/settings/personal-data/incidents/${id}?done=saved`

export const actions: Actions = {
  people: async ({ locals, params }) =>
    settle(locals, { form: 'people' }, here(params.id), (ctx) => tellPeople(ctx, { id: idOf(params.id) })),
  agency: async ({ locals, params }) =>
    settle(locals, { form: 'agency' }, here(params.id), (ctx) => noteAgencyTold(ctx, { id: idOf(params.id) })),
  close: async ({ request, locals, params }) => {
    const values = { form: 'close', words: textOf(await request.formData(), 'words') }
    return settle(locals, values, here(params.id), (ctx) =>
      closeIncident(ctx, parsed(CloseIncident, { id: params.id, words: values.words })),
    )
  },
}
