import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { callViews, listCalls, listCallTakers, takeCalls, TakeCalls } from '#server/channels/index.ts'
import { markCalledBack, OneCallBack } from '#server/intake/index.ts'
import { momentAt } from '#server/regions/index.ts'
import { deskActor, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { fromTheStart } from '../../../../edge/from-the-start.ts'

const outcomes = ['logged', 'called_back', 'taking', 'not_taking'] as const

export const load: PageServerLoad = ({ locals, url, depends, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  depends('live:calls')
  const actor = deskActor(locals)
  const view = callViews.find((one) => one === url.searchParams.get('view')) ?? 'today'
  return read(locals.app, actor, async (ctx) => {
    const zone = actor.desks[0]?.time_zone ?? 'Asia/Jakarta'
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(ctx.now)
    const [page, takers] = await Promise.all([
      fromTheStart(url.searchParams.get('cursor') ?? '', (cursor) =>
        listCalls(ctx, { view, today_since: momentAt(zone, today, '00:00'), ...(cursor ? { cursor } : {}) }),
      ),
      listCallTakers(ctx),
    ])
    return {
      view,
      views: [...callViews],
      ...page,
      takers,
      mine: takers.find(({ person }) => person.id === actor.person_id) ?? null,
      rings_here: actor.desks.length > 0,
      done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
    }
  })
}

export const actions: Actions = {
  taking: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'taking', on: textOf(form, 'on'), extension: textOf(form, 'extension') }
    const on = values.on === 'yes'
    return settle(locals, values, `/desk/calls?done=${on ? 'taking' : 'not_taking'}`, (ctx) =>
      takeCalls(ctx, parsed(TakeCalls, { on, extension: values.extension })),
    )
  },
  called: async ({ request, locals, url }) => {
    const form = await request.formData()
    const values = { form: 'called', call_back_id: textOf(form, 'call_back_id') }
    const view = callViews.find((one) => one === url.searchParams.get('view')) ?? 'today'
    return settle(locals, values, `/desk/calls?view=${view}&done=called_back`, (ctx) =>
      markCalledBack(ctx, parsed(OneCallBack, { call_back_id: values.call_back_id })),
    )
  },
}
