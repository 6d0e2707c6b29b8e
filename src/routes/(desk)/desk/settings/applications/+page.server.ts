import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { read } from '#server/platform/context.ts'
import { applicationStates, listApplications, StartApplication, startApplication } from '#server/membership/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../edge/form-fields.ts'

const over = ['approved', 'declined', 'withdrawn'] as const

/** Who waits for a decision, the oldest first; `?state=` those that are over. */
export const load: PageServerLoad = ({ locals, url }) => {
  const state = applicationStates.find((one) => one === url.searchParams.get('state'))
  return read(locals.app, deskActor(locals), async (ctx) => ({
    form_id: randomToken(),
    state: state ?? null,
    over,
    applications: await listApplications(ctx, { state }),
  }))
}

export const actions: Actions = {
  /** Somebody asked by telephone, or at the counter: the link to the form goes to them. */
  start: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'start',
      form_id: textOf(form, 'form_id'),
      kind: choiceOf(form, 'kind', ['member', 'partner', 'own_unit']),
      name: textOf(form, 'name'),
      email: textOf(form, 'email'),
      institution: textOf(form, 'institution'),
    }
    return settle(locals, values, '/desk/settings/applications?done=saved', async (ctx) => {
      const { kind, name, email, institution } = values
      await startApplication(
        ctx,
        parsed(StartApplication, { kind, name, email, institution, language: locals.language }),
      )
    })
  },
}
