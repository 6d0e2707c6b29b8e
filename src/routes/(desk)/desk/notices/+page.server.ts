import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { SetNotices, setNotices, wantsNotices } from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'

export const load: PageServerLoad = async ({ locals, url }) => ({
  wanted: await read(locals.app, deskActor(locals), wantsNotices),
  done: url.searchParams.has('done'),
})

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const wanted = textOf(await request.formData(), 'wanted') === 'yes'
    return settle(locals, { form: 'notices' }, '/desk/notices?done=saved#done', (ctx) =>
      setNotices(ctx, parsed(SetNotices, { wanted })),
    )
  },
}
