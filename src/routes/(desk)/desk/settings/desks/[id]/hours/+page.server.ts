import type { Actions, PageServerLoad } from './$types'
import { Refusal, refuse } from '#server/platform/refusal.ts'
import { changeDesk, ChangeDesk, officeHours } from '#server/desks/index.ts'
import { notSaved } from '../../../../../../../edge/answer-form.ts'
import { parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { faultsInForm, hoursAsTyped, readHours, stretchesOf, typedHours, weekdays } from './hours-form.ts'

export const load: PageServerLoad = async ({ parent }) => {
  const { desk } = await parent()
  // Without hours of its own a desk is reckoned by office hours, so these are what it has.
  const hours = desk.hours.length > 0 ? desk.hours : officeHours
  return { weekdays, stretches: stretchesOf(hours), typed: hoursAsTyped(hours) }
}

export const actions: Actions = {
  default: async ({ request, locals, params }) => {
    const values = { form: 'hours', ...typedHours(await request.formData()) }
    const { hours, fields, faults } = readHours(values)
    if (faults.length > 0) return notSaved(values, faults)
    return settle(locals, values, `/desk/settings/desks/${params.id}/hours?done=saved`, (ctx) =>
      changeDesk(
        ctx,
        inOwnFields(() => parsed(ChangeDesk, { desk_id: params.id, hours }), fields),
      ),
    )
  },
}

function inOwnFields<T>(read: () => T, fields: readonly string[]): T {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    refuse(thrown.kind, thrown.key, faultsInForm(thrown.faults, fields))
  }
}
