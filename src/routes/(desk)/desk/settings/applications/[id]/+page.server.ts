import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { read } from '#server/platform/context.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listCompetences } from '#server/desks/index.ts'
import {
  ApproveApplication,
  approveApplication,
  AskBack,
  askBack,
  CheckItem,
  checkItem,
  checklistItems,
  DeclineApplication,
  declineApplication,
  findWilling,
  seeApplication,
  sendApplicationLink,
  TERM_YEARS,
} from '#server/membership/index.ts'
import { listOrganisations } from '#server/people/index.ts'
import { listRegions } from '#server/regions/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'

const dayIn = (date: Date) => date.toLocaleDateString('sv-SE', { timeZone: 'Asia/Jakarta' })

/** One application, with what stands in its way and which organisations of the directory it may be. */
export const load: PageServerLoad = ({ locals, params }) => {
  const actor = deskActor(locals)
  return read(locals.app, actor, async (ctx) => {
    const application = await seeApplication(ctx, params.id)
    const { form } = application
    const name = form.institution?.name ?? ''
    const end = new Date(ctx.now)
    end.setUTCFullYear(end.getUTCFullYear() + TERM_YEARS)
    const regions = await listRegions(ctx, { limit: 600 })
    return {
      form_id: randomToken(),
      application,
      checklist_items: checklistItems,
      may_decide: mayCoordinateAll(actor),
      willing: form.kind === 'partner' ? await findWilling(ctx, form.represents ?? []) : [],
      // The longest word of its name finds what may be the same under another one.
      doubles:
        application.organisation || name === ''
          ? []
          : (await listOrganisations(ctx, { query: wordOf(name) })).items.slice(0, 20),
      regions: Object.fromEntries(regions.map((region) => [region.code, region.name])),
      competences: Object.fromEntries(
        (await listCompetences(ctx, { all: true })).map((word) => [
          word.code,
          locals.language === 'id' ? word.name_id : word.name_en,
        ]),
      ),
      term: { starts_on: dayIn(ctx.now), ends_on: dayIn(end) },
    }
  })
}

/** Words that half of all institutions carry find nothing in particular. */
const COMMON = /^(dinas|komunitas|yayasan|perkumpulan|lembaga|pusat|badan|kabupaten|kota|provinsi|universitas)$/i
const wordOf = (name: string): string =>
  name
    .split(/\s+/)
    .filter((word) => !COMMON.test(word))
    .sort((one, other) => other.length - one.length)[0] ?? name

const back = (id: string, done: string) => `/desk/settings/applications/${id}?done=${done}`

export const actions: Actions = {
  check: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'check', item: textOf(form, 'item'), on: textOf(form, 'on') }
    return settle(locals, values, back(params.id, 'saved'), (ctx) =>
      checkItem(ctx, parsed(CheckItem, { application_id: params.id, item: values.item, on: values.on === 'yes' })),
    )
  },
  ask: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'ask', form_id: textOf(form, 'form_id'), text: textOf(form, 'text') }
    return settle(locals, values, back(params.id, 'saved'), (ctx) =>
      askBack(ctx, parsed(AskBack, { application_id: params.id, text: values.text })),
    )
  },
  link: async ({ locals, params }) =>
    settle(locals, { form: 'link' }, back(params.id, 'saved'), (ctx) =>
      sendApplicationLink(ctx, { application_id: params.id }),
    ),
  approve: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'approve',
      organisation_id: textOf(form, 'organisation_id'),
      as_of: textOf(form, 'as_of'),
      starts_on: textOf(form, 'starts_on'),
      ends_on: textOf(form, 'ends_on'),
      reason: textOf(form, 'reason'),
    }
    return settle(locals, values, back(params.id, 'saved'), (ctx) =>
      approveApplication(
        ctx,
        parsed(ApproveApplication, {
          application_id: params.id,
          organisation_id: orNull(values.organisation_id),
          as_of: values.as_of,
          starts_on: values.starts_on,
          ends_on: orNull(values.ends_on),
          reason: values.reason,
        }),
      ),
    )
  },
  decline: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'decline', reason: textOf(form, 'reason') }
    return settle(locals, values, back(params.id, 'saved'), (ctx) =>
      declineApplication(ctx, parsed(DeclineApplication, { application_id: params.id, reason: values.reason })),
    )
  },
}
