/** The two steps of the form of an application, on its own page and behind the link of one that was begun. */
import { redirect, type RequestEvent } from '@sveltejs/kit'
import type { App } from '#server/platform/app.ts'
import { enter, everybody, read } from '#server/platform/context.ts'
import { Refusal, refuse, type Fault } from '#server/platform/refusal.ts'
import { remembered } from '#server/platform/remembered.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { isBlocked } from '#server/channels/index.ts'
import { listCompetences, officeHours, pageVersion, privacyVersion } from '#server/desks/index.ts'
import {
  acceptedPages,
  ApplicationForm,
  apply,
  applicationKinds,
  missingParts,
  type ApplicationKind,
} from '#server/membership/index.ts'
import { normaliseAddress } from '#server/people/index.ts'
import { listProvinces, listRegencies } from '#server/regions/index.ts'
import { notSaved, refused } from '../../../edge/answer-form.ts'
import { textOf } from '../../../edge/form-fields.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../edge/uploads.ts'
import { faultsInForm, formOf, isOfFirstStep, readValues, valueOf, type Values } from './apply-form.ts'

type Event = Pick<RequestEvent, 'request' | 'locals'> & { params: Partial<Record<string, string>> }

export const offeredBy = (app: App) =>
  remembered(app, 'what the form of /apply offers', async (ctx) => ({
    provinces: await listProvinces(ctx),
    competences: await listCompetences(ctx),
    privacy_version: await privacyVersion(ctx),
    versions: {
      member: await pageVersion(ctx, acceptedPages.member),
      partner: await pageVersion(ctx, acceptedPages.partner),
      own_unit: null,
    },
  }))

export const kindOf = (text: string | null): ApplicationKind | undefined =>
  applicationKinds.find((kind) => kind === text)

/** All that the page shows again: what was typed, at which step, the regencies to choose from, how many files are lost, more empty lines. */
export async function shown(app: App, step: 1 | 2, values: Values, { files = 0, form_id = '', more = 0 } = {}) {
  const provinces = [valueOf(values, 'institution.province'), ...(values['regions'] ?? [])]
  const wanted = [...new Set(provinces)].filter((code) => /^\d{2}$/.test(code)).slice(0, 40)
  const regencies =
    step === 1 || wanted.length === 0
      ? []
      : await read(app, everybody, async (ctx) =>
          (await listRegencies(ctx)).filter(({ code }) => wanted.includes(code.slice(0, 2))),
        )
  return { values, step, files, regencies, form_id: form_id || randomToken(), more }
}

/**
 * The actions of a page with this form.
 * @param which the application that it completes; null for a new one
 */
export function applyActions(which: (event: Event) => Promise<string | null>) {
  const posted = async ({ request }: Event) => {
    const form = await request.formData()
    const values = readValues(form)
    const form_id = textOf(form, 'form_id')
    for (const name of ['form_id', 'step', 'files', 'privacy_version', 'accepted_version', 'lines']) delete values[name]
    return {
      form,
      values,
      files: uploadsOf(form, 'files'),
      form_id: /^[a-z2-7]{32}$/.test(form_id) ? form_id : randomToken(),
      step: textOf(form, 'step') === '2' ? (2 as const) : (1 as const),
      more: Math.min(40, Number(textOf(form, 'lines')) || 0),
    }
  }
  const again = async (event: Event, step: 1 | 2, add = 0) => {
    const { values, files, form_id, more } = await posted(event)
    const page = await shown(event.locals.app, step, values, { files: files.length, form_id, more: more + add })
    return { values: page, faults: [] as Fault[], key: undefined }
  }
  return {
    speak: async (event: Event) => {
      const { step, values, files, form_id, more } = await posted(event)
      const page = await shown(event.locals.app, step, values, { files: files.length, form_id, more })
      return { values: page, faults: [] as Fault[], key: undefined }
    },
    back: (event: Event) => again(event, 1),
    more: (event: Event) => again(event, 2, 5),
    next: async (event: Event) => {
      const { values, form_id } = await posted(event)
      const faults = faultsOf(values).filter(({ path }) => isOfFirstStep(path))
      const page = await shown(event.locals.app, faults.length > 0 ? 1 : 2, values, { form_id })
      return faults.length > 0 ? notSaved(page, faults) : { values: page, faults, key: undefined }
    },
    send: async (event: Event) => {
      const application_id = await which(event)
      const { form, values, files, form_id, more } = await posted(event)
      const { locals } = event
      const page = (step: 1 | 2) => shown(locals.app, step, values, { files: files.length, form_id, more })
      const faults = [...faultsOf(values, true), ...uploadFaults(files, 'files')]
      if (faults.length > 0) return notSaved(await page(stepOf(faults)), faults)
      try {
        await mustNotBeBlocked(locals.app, valueOf(values, 'responsible.email'))
        const { token } = await apply(locals.app, {
          form_id,
          application_id,
          form: formOf(values),
          accepted_version:
            textOf(form, 'accepted') === 'yes' ? Number(textOf(form, 'accepted_version')) || null : null,
          privacy_version: textOf(form, 'consent') === 'yes' ? Number(textOf(form, 'privacy_version')) || null : null,
          attachments: await keepUploads(locals.app, files),
          language: locals.language,
          client: locals.client,
        })
        // 303: reloading the page that comes next sends nothing a second time.
        redirect(303, `/apply/${token}?received`)
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown
        const found = faultsInForm(thrown.faults)
        return refused(new Refusal(thrown.kind, thrown.key, found), await page(stepOf(found)))
      }
    },
  }
}

/** What the schema says of it. Before the last step what comes later is taken as good, so that everything of this step is said. */
function faultsOf(values: Values, all = false): Fault[] {
  const typed = formOf(values)
  const form = all
    ? typed
    : { ...typed, hours: [...officeHours], languages: ['id' as const], competences: [], contacts: [], staff: [] }
  const parsed = ApplicationForm.safeParse(form)
  if (parsed.success) return []
  const faults = parsed.error.issues.map(({ path, message, code }) => ({
    path: path.join('.'),
    key: /^[a-z_]+\.[a-z_]+$/.test(message) ? message : code === 'too_small' ? 'fault.required' : 'fault.wrong',
  }))
  // While single fields are wrong, the schema does not go on to what they say together.
  return faultsInForm([...faults, ...missingParts(form)])
}

const stepOf = (faults: readonly Fault[]) => (faults.some(({ path }) => isOfFirstStep(path)) ? 1 : 2)

/** Whoever was blocked for what they sent does not come in by another door. */
async function mustNotBeBlocked(app: App, email: string): Promise<void> {
  const address = normaliseAddress('email', email)
  if (address && (await enter(app, 'intake', (ctx) => isBlocked(ctx, 'email', address.normalised))))
    refuse('forbidden', 'intake.blocked')
}
