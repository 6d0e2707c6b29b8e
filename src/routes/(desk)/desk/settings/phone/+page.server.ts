import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { addPhoneLine, AddPhoneLine, listPhoneLines, newestCall, removePhoneLine } from '#server/channels/index.ts'
import { listDesks } from '#server/desks/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const { settings } = locals.app
  return read(locals.app, actor, async (ctx) => ({
    lines: await listPhoneLines(ctx),
    desks: (await listDesks(ctx)).filter(({ kind }) => kind !== 'provider').map(({ id, name }) => ({ id, name })),
    newest: await newestCall(ctx),
    address: `${settings.PANDU_ORIGIN}/channels/phone`,
    has_key: settings.PANDU_GATEWAY_KEY !== undefined,
  }))
}

export const actions: Actions = {
  add: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'add', number: textOf(form, 'number'), desk_id: textOf(form, 'desk_id') }
    const { number, desk_id } = values
    return settle(locals, values, '/desk/settings/phone?done=saved', (ctx) =>
      addPhoneLine(ctx, parsed(AddPhoneLine, { number, desk_id })),
    )
  },
  remove: async ({ request, locals }) => {
    const values = { form: 'remove', number: textOf(await request.formData(), 'number'), desk_id: '' }
    return settle(locals, values, '/desk/settings/phone?done=removed', (ctx) =>
      removePhoneLine(ctx, { number: values.number }),
    )
  },
}
