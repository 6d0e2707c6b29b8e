import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import {
  factorRoles,
  mustAdminister,
  mustHaveSignedInRecently,
  requiredFactorRoles,
  RequireFactor,
  requireFactor,
} from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => {
    mustHaveSignedInRecently(ctx)
    const required = await requiredFactorRoles(ctx)
    return { roles: factorRoles.map((role) => ({ role, is_required: required.includes(role) })) }
  })
}

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const roles = (await request.formData()).getAll('role')
    return settle(locals, { form: 'factors' }, '/desk/settings/second-factors?done=saved', (ctx) =>
      requireFactor(ctx, parsed(RequireFactor, { roles })),
    )
  },
}
