import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { addOrganisation, AddOrganisation, listOrganisations, organisationKinds } from '#server/people/index.ts'
import { listMerges, undoMerge } from '#server/tickets/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const query = (url.searchParams.get('q') ?? '').replaceAll('\0', '').slice(0, 200)
  return read(locals.app, actor, async (ctx) => ({
    ...(await listOrganisations(ctx, { query })),
    query,
    kinds: [...organisationKinds],
    merges: (await listMerges(ctx, { of: 'organisations' })).filter(({ undone_at }) => undone_at === null),
    form_id: randomToken(),
  }))
}

export const actions: Actions = {
  add: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'add',
      form_id: textOf(form, 'form_id'),
      name: textOf(form, 'name'),
      kind: choiceOf(form, 'kind', organisationKinds),
    }
    return settle(
      locals,
      values,
      (added: { id: string } | null) => `/desk/settings/organisations${added ? `/${added.id}` : ''}?done=added`,
      (ctx) => {
        mustCoordinateAll(ctx.actor)
        return addOrganisation(ctx, parsed(AddOrganisation, { name: values.name, kind: values.kind }))
      },
    )
  },
  undo: async ({ request, locals }) => {
    const id = textOf(await request.formData(), 'id')
    return settle(locals, { form: 'undo', id }, '/desk/settings/organisations?done=separated', (ctx) =>
      undoMerge(ctx, { id }),
    )
  },
}
