import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { blockSender, BlockSender, listBlockedSenders, unblockSender } from '#server/channels/index.ts'
import { deskActor, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'

const outcomes = ['blocked', 'unblocked'] as const

export const load: PageServerLoad = ({ locals, url }) =>
  read(locals.app, deskActor(locals), async (ctx) => ({
    senders: await listBlockedSenders(ctx),
    done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
  }))

const valuesOf = (form: FormData, name: string) => ({
  form: name,
  channel: textOf(form, 'channel') || 'email',
  address: textOf(form, 'address'),
  reason: textOf(form, 'reason'),
})

export const actions: Actions = {
  block: async ({ request, locals }) => {
    const { form, ...values } = valuesOf(await request.formData(), 'block')
    return settle(locals, { form, ...values }, '/desk/blocked?done=blocked#done', (ctx) =>
      blockSender(ctx, parsed(BlockSender, values)),
    )
  },
  unblock: async ({ request, locals }) => {
    const { form, ...values } = valuesOf(await request.formData(), 'unblock')
    return settle(locals, { form, ...values }, '/desk/blocked?done=unblocked#done', (ctx) =>
      unblockSender(ctx, parsed(BlockSender, values)),
    )
  },
}
