import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { logFromForm, seeCallForm } from '../call-form.ts'

/** `?caller=` whom one talks to; `?ticket=` (an id) what they are called about. */
export const load: PageServerLoad = ({ locals, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  return read(locals.app, deskActor(locals), async (ctx) => ({
    ...(await seeCallForm(ctx, (url.searchParams.get('caller') ?? '').slice(0, 60))),
    chosen: url.searchParams.get('ticket'),
  }))
}

export const actions: Actions = { log: ({ request, locals }) => logFromForm(locals, request, null) }
