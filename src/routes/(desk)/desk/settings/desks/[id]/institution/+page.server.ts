import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { refuse } from '#server/platform/refusal.ts'
import { changeUnitParticulars, ChangeUnitParticulars, seeParticulars } from '#server/membership/index.ts'
import { organisationKinds, seeOrganisation } from '#server/people/index.ts'
import { findRegion } from '#server/regions/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../../edge/form-fields.ts'
import { seenDesk } from '../seen-desk.ts'

/** What the institution of an own unit says of itself: for its own coordinator, and the secretariat's. */
export const load: PageServerLoad = ({ locals, params }) =>
  read(locals.app, deskActor(locals), async (ctx) => {
    const { kind, organisation } = await seenDesk(ctx, params.id)
    if (kind !== 'own_unit') refuse('not_found', 'desk')
    if (!organisation) return { institution: null, particulars: null, region: null, kinds: [] }
    const [{ id, name, kind: of_kind, region_code }, particulars] = await Promise.all([
      seeOrganisation(ctx, organisation.id),
      seeParticulars(ctx, organisation.id),
    ])
    const region = region_code === null ? null : await findRegion(ctx, region_code)
    return {
      institution: { id, name, kind: of_kind },
      particulars,
      region: region?.name ?? null,
      kinds: [...organisationKinds],
    }
  })

export const actions: Actions = {
  default: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'institution',
      name: textOf(form, 'name'),
      kind: choiceOf(form, 'kind', organisationKinds),
      address: textOf(form, 'address'),
      npwp: textOf(form, 'npwp'),
      responsible_name: textOf(form, 'responsible_name'),
      responsible_role: textOf(form, 'responsible_role'),
    }
    const { form: _, ...typed } = values
    return settle(locals, values, `/desk/settings/desks/${params.id}/institution?done=saved`, (ctx) =>
      changeUnitParticulars(
        ctx,
        parsed(ChangeUnitParticulars, { desk_id: params.id, ...typed, npwp: orNull(values.npwp) }),
      ),
    )
  },
}
