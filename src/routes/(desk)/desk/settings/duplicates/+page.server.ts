import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listPeople, suggestDuplicates } from '#server/people/index.ts'
import { listMerges, undoMerge } from '#server/tickets/index.ts'
import { deskActor, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const person_id = url.searchParams.get('person') ?? ''
  const query = (url.searchParams.get('q') ?? '').replaceAll('\0', '').slice(0, 200).trim()
  return read(locals.app, actor, async (ctx) => {
    const whose = isId(person_id) ? { person_id } : {}
    const found = query === '' ? [] : (await listPeople(ctx, { query, limit: 20 })).items
    return {
      pairs: await suggestDuplicates(ctx, whose),
      merges: await listMerges(ctx, { of: 'people', ...(isId(person_id) ? { whose: person_id } : {}) }),
      person_id: isId(person_id) ? person_id : null,
      query,
      found: found.filter(({ id }) => id !== person_id),
    }
  })
}

export const actions: Actions = {
  undo: async ({ request, locals }) => {
    const id = textOf(await request.formData(), 'id')
    return settle(locals, { form: 'undo', id }, '/desk/settings/duplicates?done=separated', (ctx) =>
      undoMerge(ctx, { id }),
    )
  },
}
