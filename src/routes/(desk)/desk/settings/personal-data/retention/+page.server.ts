import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { changeRetention, ChangeRetention, listRetention, retentionKinds } from '#server/privacy/index.ts'
import { deskActor, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'

/** Each kind with its days and what would go now; `?kind=&keep_days=` tries other days out without changing anything. */
export const load: PageServerLoad = ({ locals, url }) => {
  const keep_days = Number(url.searchParams.get('keep_days'))
  const kind = url.searchParams.get('kind') ?? undefined
  const tried = Number.isInteger(keep_days) && keep_days >= 1 && keep_days <= 36_500 ? keep_days : undefined
  return read(locals.app, deskActor(locals), async (ctx) => ({
    rules: await listRetention(ctx, { kind, keep_days: tried }),
    tried: tried ? kind : undefined,
  }))
}

export const actions: Actions = {
  change: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'change',
      kind: choiceOf(form, 'kind', retentionKinds as [(typeof retentionKinds)[number]]),
      keep_days: textOf(form, 'keep_days'),
      on: choiceOf(form, 'on', ['no', 'yes']),
    }
    const { kind, keep_days, on } = values
    return settle(locals, values, '/desk/settings/personal-data/retention?done=saved', (ctx) =>
      changeRetention(ctx, parsed(ChangeRetention, { kind, keep_days, on: on === 'yes' })),
    )
  },
}
