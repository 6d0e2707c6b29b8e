import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  acknowledgeRestore,
  AcknowledgeRestore,
  decideRequest,
  DecideRequest,
  findUnlistedRestore,
  listRequests,
} from '#server/privacy/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../edge/form-fields.ts'

/** What people asked about their own data, those that are due first. */
export const load: PageServerLoad = ({ locals, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => ({
    requests: await listRequests(ctx),
    unlisted: await findUnlistedRestore(ctx),
    now: ctx.now,
    administers: actor.roles.includes('administrator'),
  }))
}

export const actions: Actions = {
  restored: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'restored', id: textOf(form, 'id'), reason: textOf(form, 'reason') }
    return settle(locals, values, '/desk/settings/personal-data?done=saved', (ctx) =>
      acknowledgeRestore(ctx, parsed(AcknowledgeRestore, { id: values.id, reason: values.reason })),
    )
  },
  decide: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'decide',
      id: textOf(form, 'id'),
      decision: choiceOf(form, 'decision', ['done', 'refused']),
      reason: textOf(form, 'reason'),
    }
    const { id, decision, reason } = values
    return settle(locals, values, '/desk/settings/personal-data?done=saved', (ctx) =>
      decideRequest(ctx, parsed(DecideRequest, { id, decision, reason })),
    )
  },
}
