import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import {
  activatePolicy,
  ActivatePolicy,
  listPolicies,
  policyBounds,
  policyNumbers,
  savePolicy,
  SavePolicy,
} from '#server/referrals/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

const HERE = '/desk/settings/referral-policy'

/** The rules that count, all that ever did, and the dry run of one (`?version=`). */
export const load: PageServerLoad = ({ locals, url }) =>
  read(locals.app, deskActor(locals), async (ctx) => {
    const policies = await listPolicies(ctx)
    const asked = url.searchParams.get('version')
    return {
      active: policies.find(({ state }) => state === 'active')?.policy ?? policies[0]!.policy,
      policies: policies.map(({ trial, ...one }) => ({ ...one, was_tried: trial !== null })),
      tried: policies.find(({ policy, trial }) => policy.version === asked && trial !== null) ?? null,
      bounds: policyBounds,
      numbers: policyNumbers,
      today: new Date(ctx.now.getTime() + JAKARTA_MS).toISOString().slice(0, 10),
    }
  })
/** What the field of the day begins with; the command asks the secretariat's own clock. */
const JAKARTA_MS = 7 * 3_600_000

export const actions: Actions = {
  try: async ({ request, locals }) => {
    const form = await request.formData()
    const input = Object.fromEntries([...policyNumbers, 'reason' as const].map((name) => [name, textOf(form, name)]))
    const values = { form: 'try', form_id: textOf(form, 'form_id'), ...input }
    return settle(
      locals,
      values,
      (saved: { version: string } | null) => (saved ? `${HERE}?version=${saved.version}#trial` : HERE),
      (ctx) => savePolicy(ctx, parsed(SavePolicy, input)),
    )
  },
  activate: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'activate', version: textOf(form, 'version'), from_day: textOf(form, 'from_day') }
    const { version, from_day } = values
    return settle(locals, values, `${HERE}?done=saved`, (ctx) =>
      activatePolicy(ctx, parsed(ActivatePolicy, { version, from_day })),
    )
  },
}
