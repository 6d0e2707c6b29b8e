import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { may } from '#server/platform/may.ts'
import { seeCall, takeCall } from '#server/channels/index.ts'
import { deskActor, settle } from '../../../../../edge/desk-form.ts'
import { logFromForm, seeCallForm } from '../call-form.ts'

const outcomes = ['taken'] as const

export const load: PageServerLoad = ({ locals, params, url, depends, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  depends('live:call')
  const actor = deskActor(locals)
  return read(locals.app, actor, async (ctx) => {
    const call = await seeCall(ctx, params.id)
    const number = url.searchParams.get('caller')?.slice(0, 60) ?? call.number ?? call.number_told ?? ''
    return {
      ...(await seeCallForm(ctx, number)),
      call,
      me: actor.person_id,
      may_work: may(actor, 'call.work', { id: call.desk.id }),
      chosen: call.ticket?.id ?? null,
      done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
    }
  })
}

export const actions: Actions = {
  take: ({ locals, params }) =>
    settle(locals, { form: 'take' }, `/desk/calls/${params.id}?done=taken`, (ctx) => takeCall(ctx, { id: params.id })),
  log: ({ request, locals, params }) => logFromForm(locals, request, params.id),
}
