import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { blockSender, BlockSender, listBlockedSenders, unblockSender } from '#server/channels/index.ts'
import { normaliseAddress } from '#server/people/index.ts'
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
  channel: textOf(form, 'channel'),
  address: textOf(form, 'address'),
  reason: textOf(form, 'reason'),
})

/** Nobody chooses a channel: what reads as a telephone number is one, for SMS and WhatsApp alike. */
function senderOf({ channel, address, reason }: Record<'channel' | 'address' | 'reason', string>) {
  const number = channel === '' ? normaliseAddress('phone', address) : null
  return number
    ? { channel: 'phone', address: number.normalised, reason }
    : { channel: channel || 'email', address, reason }
}

export const actions: Actions = {
  block: async ({ request, locals }) => {
    const { form, ...values } = valuesOf(await request.formData(), 'block')
    return settle(locals, { form, ...values }, '/desk/blocked?done=blocked#done', (ctx) =>
      blockSender(ctx, parsed(BlockSender, senderOf(values))),
    )
  },
  unblock: async ({ request, locals }) => {
    const { form, ...values } = valuesOf(await request.formData(), 'unblock')
    return settle(locals, { form, ...values }, '/desk/blocked?done=unblocked#done', (ctx) =>
      unblockSender(ctx, parsed(BlockSender, values)),
    )
  },
}
