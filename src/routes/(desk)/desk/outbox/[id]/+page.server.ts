import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { retryMessage, seeOutboxRow } from '#server/channels/index.ts'
import { deskActor, settle } from '../../../../../edge/desk-form.ts'

export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const row = await read(locals.app, deskActor(locals), (ctx) => seeOutboxRow(ctx, params.id))
  return { row, done: url.searchParams.get('done') === 'retried' }
}

export const actions: Actions = {
  retry: ({ locals, params }) =>
    settle(locals, { form: 'retry' }, `/desk/outbox/${params.id}?done=retried#done`, (ctx) =>
      retryMessage(ctx, { id: params.id }),
    ),
}
