import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  changeOrganisation,
  ChangeOrganisation,
  listOrganisations,
  organisationKinds,
  seeOrganisation,
} from '#server/people/index.ts'
import { seeParticulars } from '#server/membership/index.ts'
import { mergeOrganisations, MergeTwo } from '#server/tickets/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'
import { placesOf } from '../../../../../../edge/places.ts'

const FOUND_MAX = 20

export const load: PageServerLoad = ({ locals, params, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const query = (url.searchParams.get('q') ?? '').replaceAll('\0', '').slice(0, 200).trim()
  return read(locals.app, actor, async (ctx) => {
    const organisation = await seeOrganisation(ctx, params.id)
    const found = query === '' ? [] : (await listOrganisations(ctx, { query })).items
    return {
      organisation,
      particulars: await seeParticulars(ctx, params.id),
      query,
      found: found.filter(({ id }) => id !== organisation.id).slice(0, FOUND_MAX),
      kinds: [...organisationKinds],
      regions: await placesOf(ctx),
      form_id: randomToken(),
    }
  })
}

export const actions: Actions = {
  change: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'change',
      name: textOf(form, 'name'),
      kind: choiceOf(form, 'kind', organisationKinds),
      region_code: textOf(form, 'region_code'),
      parent_id: textOf(form, 'parent_id'),
    }
    return settle(locals, values, `/desk/settings/organisations/${params.id}?done=saved`, (ctx) =>
      changeOrganisation(
        ctx,
        parsed(ChangeOrganisation, {
          id: params.id,
          name: values.name,
          kind: values.kind,
          region_code: orNull(values.region_code),
          parent_id: orNull(values.parent_id),
        }),
      ),
    )
  },
  /** This one goes; its people and requests become the other's. */
  merge: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'merge', form_id: textOf(form, 'form_id'), kept_id: textOf(form, 'kept_id') }
    return settle(locals, values, `/desk/settings/organisations/${values.kept_id}?done=merged`, (ctx) =>
      mergeOrganisations(ctx, parsed(MergeTwo, { kept_id: values.kept_id, gone_id: params.id })),
    )
  },
}
