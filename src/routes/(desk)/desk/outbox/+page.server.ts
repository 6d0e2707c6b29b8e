import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listOutbox, outboxChannels, retryUndecided } from '#server/channels/index.ts'
import { deskActor, settle } from '../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../edge/from-the-start.ts'

const states = ['waiting', 'sending', 'sent', 'kept', 'delivered', 'failed', 'muted', 'cancelled'] as const

export const load: PageServerLoad = ({ locals, url }) => {
  const state = states.find((one) => one === url.searchParams.get('state'))
  // Of the waiting ones those that wait for somebody: nobody knows whether they went.
  const undecided = url.searchParams.get('state') === 'undecided'
  const channel = outboxChannels.find((one) => one === url.searchParams.get('channel'))
  const cursor = url.searchParams.get('cursor') ?? ''
  return read(locals.app, deskActor(locals), async (ctx) => ({
    ...(await fromTheStart(cursor, (from) => listOutbox(ctx, { state, undecided, channel, cursor: from }))),
    states: [...states],
    state: undecided ? ('undecided' as const) : state,
    channels: [...outboxChannels],
    channel,
    done: url.searchParams.get('done') === 'retried',
  }))
}

export const actions: Actions = {
  retry_undecided: ({ locals }) =>
    settle(locals, { form: 'retry_undecided' }, '/desk/outbox?state=undecided&done=retried#done', retryUndecided),
}
