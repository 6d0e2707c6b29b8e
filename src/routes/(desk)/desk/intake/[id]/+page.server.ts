import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { missingPieces, seeItem } from '#server/channels/index.ts'
import {
  acceptHeld,
  fetchFilesAgain,
  lacksFiles,
  openByHand,
  OpenByHand,
  rejectHeld,
  retryItem,
} from '#server/intake/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { deskActor, optional, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

const outcomes = ['retried', 'accepted', 'rejected', 'fetched'] as const

export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const { item, pieces } = await read(locals.app, deskActor(locals), async (ctx) => {
    const item = await seeItem(ctx, params.id)
    return { item, pieces: item.reason === 'partial' ? (await missingPieces(ctx, [item.id]))[item.id] : undefined }
  })
  return {
    item,
    pieces,
    lacks_files: item.ticket !== null && lacksFiles(item.text),
    done: outcomes.find((one) => one === url.searchParams.get('done')),
  }
}

export const actions: Actions = {
  retry: ({ locals, params }) =>
    settle(locals, { form: 'retry' }, `/desk/intake/${params.id}?done=retried#done`, (ctx) =>
      retryItem(ctx, { id: params.id }),
    ),
  accept: ({ locals, params }) =>
    settle(locals, { form: 'accept' }, `/desk/intake/${params.id}?done=accepted#done`, (ctx) =>
      acceptHeld(ctx, { id: params.id }),
    ),
  reject: ({ locals, params }) =>
    settle(locals, { form: 'reject' }, `/desk/intake/${params.id}?done=rejected#done`, (ctx) =>
      rejectHeld(ctx, { id: params.id }),
    ),
  /** It asks outside, so it opens its own transactions. */
  files: async ({ locals, params }) => {
    try {
      await fetchFilesAgain(locals.app, deskActor(locals), { id: params.id })
    } catch (thrown) {
      return refused(thrown, { form: 'files' })
    }
    redirect(303, `/desk/intake/${params.id}?done=fetched#done`)
  },
  open: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'open',
      text: textOf(form, 'text'),
      name: textOf(form, 'name'),
      address: textOf(form, 'address'),
    }
    return settle(
      locals,
      values,
      (opened: { number: string } | null) =>
        opened ? `/desk/tickets/${opened.number}?done=opened#done` : `/desk/intake/${params.id}`,
      (ctx) =>
        openByHand(
          ctx,
          parsed(OpenByHand, {
            id: params.id,
            text: optional(values.text),
            name: optional(values.name),
            address: optional(values.address),
          }),
        ),
    )
  },
}
