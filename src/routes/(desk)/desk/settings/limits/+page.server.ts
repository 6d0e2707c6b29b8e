import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { limitNames } from '#server/platform/limit-catalog.ts'
import { listLimits, SetLimits, setLimits } from '#server/platform/set-limits.ts'
import { seePaidUse } from '#server/channels/index.ts'
import { mustAdminister } from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => ({ limits: await listLimits(ctx), paid: await seePaidUse(ctx) }))
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const typed = limitNames.map((name) => ({ name, text: textOf(form, name) }))
    const values: { form: string } & Record<string, string> = { form: 'limits' }
    for (const { name, text } of typed) values[name] = text
    return settle(locals, values, '/desk/settings/limits?done=saved', (ctx) =>
      setLimits(
        ctx,
        // What is no number is refused with the bounds, like one outside them.
        parsed(SetLimits, {
          limits: typed.map(({ name, text }) => ({ name, value: /^\d{1,7}$/.test(text) ? Number(text) : -1 })),
        }),
      ),
    )
  },
}
