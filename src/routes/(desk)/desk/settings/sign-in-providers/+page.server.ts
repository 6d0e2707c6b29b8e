import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { AddProvider, addProvider, listProviders, mustAdminister } from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

const PAGE = '/desk/settings/sign-in-providers'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => ({ providers: await listProviders(ctx) }))
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'add', name: textOf(form, 'name'), issuer: textOf(form, 'issuer') }
    const next = (added: { id: string } | null) => (added ? `${PAGE}/${added.id}?done=added` : PAGE)
    return settle(locals, values, next, (ctx) =>
      addProvider(ctx, parsed(AddProvider, { name: values.name, issuer: values.issuer })),
    )
  },
}
