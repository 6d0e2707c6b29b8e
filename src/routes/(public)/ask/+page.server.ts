import { redirect, type RequestEvent } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { remembered } from '#server/platform/remembered.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { listProvinces, listRegencies } from '#server/regions/index.ts'
import { privacyVersion } from '#server/desks/index.ts'
import { ask } from '#server/intake/index.ts'
import { organisationNames } from '#server/people/index.ts'
import { notSaved, refused } from '../../../edge/answer-form.ts'
import { textOf } from '../../../edge/form-fields.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../edge/uploads.ts'
import {
  FORM,
  emptyAsk,
  faultsInPerson,
  faultsInProblem,
  NO_PROVINCE,
  organisationOf,
  readAsk,
  type AskValues,
} from './ask-form.ts'

export const load: PageServerLoad = async ({ locals }) => ({
  // The layout changes the language by a button of this form, so that what was typed stays.
  typing_in: FORM,
  empty: emptyAsk(locals.fresh_id),
  ...(await offeredBy(locals.app)),
})

/**
 * All that the page shows again: what was typed, at which step, the regencies of the chosen province, how many files are lost, and the
 * names of organisations that were found; null where nobody looked.
 */
const shown = (step: 1 | 2, values: AskValues, regencies: Place[] = [], files = 0, found: string[] | null = null) => ({
  ...values,
  step,
  regencies,
  files,
  found,
})
const shows = (page: ReturnType<typeof shown>) => ({ values: page, faults: [], key: undefined })
type Place = { code: string; name: string }

export const actions: Actions = {
  /** From the front page: its one field becomes the first of this form. */
  begin: async ({ request }) => shows(shown(1, readAsk(await request.formData(), randomToken()))),

  /** The same step in the other language, which stands in the address (`&language=`), with everything that was typed. */
  speak: async ({ request, locals }) => {
    const form = await request.formData()
    const values = readAsk(form, randomToken())
    const { regencies } = await placesFor(locals, values)
    const step = textOf(form, 'step') === '2' ? 2 : 1
    return shows(shown(step, values, step === 2 ? regencies : [], uploadsOf(form, 'files').length))
  },

  /** Back to the problem; what was typed about the person travels along. */
  back: async ({ request }) => shows(shown(1, readAsk(await request.formData(), randomToken()))),

  /** From the problem to the person; the regencies of the chosen province come with it. */
  next: async ({ request, locals }) => {
    const values = readAsk(await request.formData(), randomToken())
    const { provinces, regencies } = await placesFor(locals, values)
    const faults = faultsInProblem(values, provinces)
    if (faults.length > 0) return notSaved(shown(1, values), faults)
    return shows(shown(2, values, regencies))
  },

  /** Looks the typed name up among the organisations that we know; choosing one of them, or none, is up to the person. */
  find: async ({ request, locals }) => {
    const form = await request.formData()
    const values: AskValues = { ...readAsk(form, randomToken()), who: 'organisation', organisation_known: '' }
    const { provinces, regencies } = await placesFor(locals, values)
    const faults = faultsInProblem(values, provinces)
    if (faults.length > 0) return notSaved(shown(1, values), faults)
    const files = uploadsOf(form, 'files').length
    if (values.organisation.length < 3)
      return notSaved(shown(2, values, regencies, files), [{ path: 'organisation', key: 'ask.organisation_short' }])
    const found = await read(locals.app, everybody, (ctx) => organisationNames(ctx, values.organisation))
    return shows(shown(2, values, regencies, files, found))
  },

  send: async ({ request, locals }) => {
    const form = await request.formData()
    const values = readAsk(form, randomToken())
    const { provinces, regencies } = await placesFor(locals, values)
    const faultsBefore = faultsInProblem(values, provinces)
    if (faultsBefore.length > 0) return notSaved(shown(1, values), faultsBefore)
    const files = uploadsOf(form, 'files')
    // Whoever chose from the list sees the list again.
    const found = values.organisation_known
      ? await read(locals.app, everybody, (ctx) => organisationNames(ctx, values.organisation))
      : null
    const page = shown(2, values, regencies, files.length, found)
    const faults = [...faultsInPerson(values, regencies), ...uploadFaults(files, 'files')]
    if (faults.length > 0) return notSaved(page, faults)
    const link = await sendAsk(locals, values, files).catch((thrown: unknown) => refused(thrown, page))
    // 303: reloading the page that comes next asks nothing a second time.
    return typeof link === 'string' ? redirect(303, link) : link
  },
}

const offeredBy = (app: App.Locals['app']) =>
  remembered(app, 'what the form of /ask offers', async (ctx) => ({
    provinces: await listProvinces(ctx),
    privacy_version: await privacyVersion(ctx),
  }))

const placesFor = async ({ app }: App.Locals, values: AskValues) => ({
  provinces: (await offeredBy(app)).provinces,
  regencies:
    values.province === '' || values.province === NO_PROVINCE
      ? []
      : await read(app, everybody, (ctx) => listRegencies(ctx, values.province)),
})

async function sendAsk(locals: RequestEvent['locals'], values: AskValues, files: File[]): Promise<string> {
  const { follow_token } = await ask(locals.app, {
    form_id: values.form_id,
    text: values.text,
    kind: values.kind,
    region_code: values.regency || (values.province === NO_PROVINCE ? null : values.province),
    organisation: values.who === 'organisation' ? organisationOf(values) : null,
    name: values.name,
    email: values.email || null,
    phone: values.phone || null,
    language: locals.language,
    privacy_version: Number(values.privacy_version) || 0,
    attachments: await keepUploads(locals.app, files),
    client: locals.client,
  })
  return `/follow/${follow_token}?received`
}
