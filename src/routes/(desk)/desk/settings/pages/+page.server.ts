import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listPages, listWithdrawnPages, SavePage } from '#server/desks/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { deskActor, parsed } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => ({
    pages: await listPages(ctx),
    withdrawn: await listWithdrawnPages(ctx),
  }))
}

export const actions: Actions = {
  /** Nothing is saved yet: a page begins with its first text. */
  add: async ({ request }) => {
    const values = { form: 'add', slug: textOf(await request.formData(), 'slug') }
    let slug: string
    try {
      slug = parsed(SavePage.pick({ slug: true }), { slug: values.slug }).slug
    } catch (thrown) {
      return refused(thrown, values)
    }
    redirect(303, `/desk/settings/pages/${slug}`)
  },
}
