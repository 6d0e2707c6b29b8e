import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { AddDesk, addDesk } from '#server/desks/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'
import { zoneOptions } from '../desk-zones.ts'

export const load: PageServerLoad = ({ locals }) => {
  mustCoordinateAll(deskActor(locals))
  return {
    form_id: randomToken(),
    zones: zoneOptions(),
    mail_domain: locals.app.settings.PANDU_MAIL_DOMAIN,
  }
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'desk',
      form_id: textOf(form, 'form_id'),
      name: textOf(form, 'name'),
      kind: choiceOf(form, 'kind', ['province', 'own_unit']),
      mail_local_part: textOf(form, 'mail_local_part'),
      time_zone: textOf(form, 'time_zone'),
    }
    const next = (id: string | null) => `/desk/settings/desks${id === null ? '' : `/${id}/regions`}?done=added`
    return settle(locals, values, next, (ctx) => {
      const { name, kind, mail_local_part, time_zone } = values
      return addDesk(ctx, parsed(AddDesk, { name, kind, time_zone, mail_local_part: orNull(mail_local_part) }))
    })
  },
}
