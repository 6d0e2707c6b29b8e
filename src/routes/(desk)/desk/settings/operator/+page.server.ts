import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { changeOperator, ChangeOperator, keepLogo, LOGO_BYTES_MAX, operator, useLogo } from '#server/desks/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { uploadsOf } from '../../../../../edge/uploads.ts'

const lines = ['name', 'short_name', 'address', 'phone', 'sms', 'whatsapp', 'email', 'hours'] as const

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => ({ operator: await operator(ctx), logo_kb_max: LOGO_BYTES_MAX / 1024 }))
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'operator', ...typedLines(form), remove_logo: textOf(form, 'remove_logo') }
    try {
      // Bytes are flushed to disk before the transaction that names them; only somebody who may use them gets that far.
      mustCoordinateAll(deskActor(locals))
      const [file] = uploadsOf(form, 'logo')
      const logo = file ? await keepLogo(locals.app, new Uint8Array(await file.arrayBuffer())) : null
      return await settle(locals, values, '/desk/settings/operator?done=saved', async (ctx) => {
        await changeOperator(ctx, parsed(ChangeOperator, typedLines(form)))
        if (logo) await useLogo(ctx, logo)
        else if (values.remove_logo) await changeOperator(ctx, { logo_sha256: null })
      })
    } catch (thrown) {
      return refused(thrown, values)
    }
  },
}

const typedLines = (form: FormData) =>
  Object.fromEntries(lines.map((name) => [name, textOf(form, name)])) as Record<(typeof lines)[number], string>
