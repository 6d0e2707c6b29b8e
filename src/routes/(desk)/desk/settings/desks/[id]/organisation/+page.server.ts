import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { changeDesk, ChangeDesk } from '#server/desks/index.ts'
import { addOrganisation, AddOrganisation, listOrganisations, organisationKinds } from '#server/people/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = async ({ locals, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const query = url.searchParams.get('query')?.slice(0, 200) ?? ''
  return {
    query,
    kinds: [...organisationKinds],
    found: query === '' ? null : await read(locals.app, actor, (ctx) => listOrganisations(ctx, { query })),
  }
}

export const actions: Actions = {
  choose: async ({ request, locals, params }) => {
    const values = {
      form: 'choose',
      organisation_id: textOf(await request.formData(), 'organisation_id'),
      name: '',
      kind: '',
    }
    return settle(locals, values, `/desk/settings/desks/${params.id}/organisation?done=saved`, (ctx) =>
      changeDesk(ctx, parsed(ChangeDesk, { desk_id: params.id, organisation_id: orNull(values.organisation_id) })),
    )
  },
  add: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'add',
      organisation_id: '',
      name: textOf(form, 'name'),
      kind: choiceOf(form, 'kind', organisationKinds),
    }
    return settle(locals, values, `/desk/settings/desks/${params.id}/organisation?done=added`, async (ctx) => {
      const { id } = await addOrganisation(ctx, parsed(AddOrganisation, { name: values.name, kind: values.kind }))
      await changeDesk(ctx, parsed(ChangeDesk, { desk_id: params.id, organisation_id: id }))
    })
  },
}
