import type { Actions, PageServerLoad } from './$types'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { changeDesk, ChangeDesk } from '#server/desks/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'
import { zoneOptions } from '../desk-zones.ts'

export const load: PageServerLoad = ({ locals }) => ({
  zones: zoneOptions(),
  mail_domain: locals.app.settings.PANDU_MAIL_DOMAIN,
})

export const actions: Actions = {
  save: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'save',
      name: textOf(form, 'name'),
      mail_local_part: textOf(form, 'mail_local_part'),
      time_zone: textOf(form, 'time_zone'),
      accepting: textOf(form, 'accepting'),
    }
    const accepting = values.accepting === 'yes'
    // The desk's own coordinator gets a form with one box: what is not on it stays.
    const input = mayCoordinateAll(deskActor(locals))
      ? {
          name: values.name,
          mail_local_part: orNull(values.mail_local_part),
          time_zone: values.time_zone,
          accepting,
        }
      : { accepting }
    return settle(locals, values, `/desk/settings/desks/${params.id}?done=saved`, (ctx) =>
      changeDesk(ctx, parsed(ChangeDesk, { desk_id: params.id, ...input })),
    )
  },
  close: async ({ locals, params }) => setClosed(locals, params.id, true),
  reopen: async ({ locals, params }) => setClosed(locals, params.id, false),
}

const setClosed = (locals: App.Locals, desk_id: string, closed: boolean) =>
  settle(
    locals,
    { form: 'close', name: '', mail_local_part: '', time_zone: '', accepting: '' },
    `/desk/settings/desks/${desk_id}?done=${closed ? 'closed' : 'reopened'}`,
    (ctx) => changeDesk(ctx, parsed(ChangeDesk, { desk_id, closed })),
  )
