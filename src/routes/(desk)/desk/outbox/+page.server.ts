import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { listOutbox } from '#server/channels/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'

const states = ['waiting', 'sending', 'sent', 'kept', 'delivered', 'failed', 'muted', 'cancelled'] as const

export const load: PageServerLoad = ({ locals, url }) => {
  const state = states.find((one) => one === url.searchParams.get('state'))
  const cursor = url.searchParams.get('cursor') ?? ''
  return read(locals.app, deskActor(locals), async (ctx) => ({
    ...(await listOutbox(ctx, { state, cursor: isId(cursor) ? cursor : undefined })),
    states: [...states],
    state,
  }))
}
