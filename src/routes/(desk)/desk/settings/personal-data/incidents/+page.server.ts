import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listDesks } from '#server/desks/index.ts'
import { declareIncident, DeclareIncident, listIncidents } from '#server/privacy/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals }) =>
  read(locals.app, deskActor(locals), async (ctx) => ({
    incidents: await listIncidents(ctx),
    desks: (await listDesks(ctx)).map(({ id, name }) => ({ id, name })),
    now: ctx.now,
  }))

/** As a browser's field gives it, in the desk's zone said as UTC+7: a time that somebody types here is Jakarta's. */
const asMoment = (text: string): string | null =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? `${text}:00+07:00` : orNull(text)

export const actions: Actions = {
  declare: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'declare',
      is_drill: choiceOf(form, 'is_drill', ['yes', 'no']),
      which_data: textOf(form, 'which_data'),
      how: textOf(form, 'how'),
      handling: textOf(form, 'handling'),
      began_at: textOf(form, 'began_at'),
      found_at: textOf(form, 'found_at'),
      desk_id: textOf(form, 'desk_id'),
      numbers: textOf(form, 'numbers'),
      from: textOf(form, 'from'),
      until: textOf(form, 'until'),
    }
    return settle(
      locals,
      values,
      (declared: { id: string } | null) => `/desk/settings/personal-data/incidents/${declared?.id ?? ''}?done=saved`,
      (ctx) =>
        declareIncident(
          ctx,
          parsed(DeclareIncident, {
            is_drill: values.is_drill === 'yes',
            which_data: values.which_data,
            how: values.how,
            handling: values.handling,
            began_at: asMoment(values.began_at),
            found_at: asMoment(values.found_at) ?? '',
            desk_id: orNull(values.desk_id),
            numbers: values.numbers.split(/[\s,;#]+/).filter(Boolean),
            from: orNull(values.from),
            until: orNull(values.until),
          }),
        ),
    )
  },
}
