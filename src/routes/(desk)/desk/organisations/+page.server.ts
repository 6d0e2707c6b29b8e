import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { addOrganisation, AddOrganisation, listOrganisations, organisationKinds } from '#server/people/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { placesOf } from '../../../../edge/places.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const query = (url.searchParams.get('query') ?? '').trim().slice(0, 200)
  return read(locals.app, deskActor(locals), async (ctx) => ({
    query,
    ...(await listOrganisations(ctx, { query })),
    kinds: [...organisationKinds],
    places: await placesOf(ctx),
    done: url.searchParams.get('done') === 'added',
  }))
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'add',
      name: textOf(form, 'name'),
      kind: textOf(form, 'kind'),
      region_code: textOf(form, 'region_code'),
    }
    const next = `/desk/organisations?${new URLSearchParams({ query: values.name, done: 'added' })}#done`
    return settle(locals, values, next, (ctx) =>
      addOrganisation(
        ctx,
        parsed(AddOrganisation, { name: values.name, kind: values.kind, region_code: orNull(values.region_code) }),
      ),
    )
  },
}
