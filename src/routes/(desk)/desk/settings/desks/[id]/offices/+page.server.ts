import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  changeOffices,
  ChangeOffices,
  confirmDesk,
  ConfirmDesk,
  listOffices,
  unconfirmDesk,
  UnconfirmDesk,
} from '#server/desks/index.ts'
import { listOrganisations } from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = async ({ locals, params, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const query = url.searchParams.get('query')?.slice(0, 200) ?? ''
  return read(locals.app, actor, async (ctx) => {
    const offices = await listOffices(ctx, params.id)
    const found = query === '' ? null : await listOrganisations(ctx, { query })
    const listed = new Set(offices.map(({ id }) => id))
    return { query, offices, found: found && { ...found, items: found.items.filter(({ id }) => !listed.has(id)) } }
  })
}

const here = (id: string, done: string) => `/desk/settings/desks/${id}/offices?done=${done}`

export const actions: Actions = {
  add: async ({ request, locals, params }) => {
    const chosen = (await request.formData()).getAll('organisation_id').filter((one) => typeof one === 'string')
    const values = { form: 'add', organisation_id: chosen.join(' '), reason: '' }
    return settle(locals, values, here(params.id, 'added'), async (ctx) => {
      const offices = await listOffices(ctx, params.id)
      await changeOffices(
        ctx,
        parsed(ChangeOffices, { desk_id: params.id, organisation_ids: [...offices.map(({ id }) => id), ...chosen] }),
      )
    })
  },
  remove: async ({ request, locals, params }) => {
    const values = { form: 'remove', organisation_id: textOf(await request.formData(), 'organisation_id'), reason: '' }
    return settle(locals, values, here(params.id, 'removed'), async (ctx) => {
      const offices = await listOffices(ctx, params.id)
      const organisation_ids = offices.map(({ id }) => id).filter((id) => id !== values.organisation_id)
      await changeOffices(ctx, parsed(ChangeOffices, { desk_id: params.id, organisation_ids }))
    })
  },
  confirm: async ({ locals, params }) =>
    settle(locals, { form: 'confirm', organisation_id: '', reason: '' }, here(params.id, 'saved'), (ctx) =>
      confirmDesk(ctx, parsed(ConfirmDesk, { desk_id: params.id })),
    ),
  unconfirm: async ({ request, locals, params }) => {
    const values = { form: 'unconfirm', organisation_id: '', reason: textOf(await request.formData(), 'reason') }
    return settle(locals, values, here(params.id, 'saved'), (ctx) =>
      unconfirmDesk(ctx, parsed(UnconfirmDesk, { desk_id: params.id, reason: values.reason })),
    )
  },
}
