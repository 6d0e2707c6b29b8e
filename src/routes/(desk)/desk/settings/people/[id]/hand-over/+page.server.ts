import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { read } from '#server/platform/context.ts'
import { refuse } from '#server/platform/refusal.ts'
import { listDesks } from '#server/desks/index.ts'
import { findAccount, mustAdminister } from '#server/people/index.ts'
import { HAND_OVER_MAX, handOver, HandOver, heldBy, shareOut, type HandedOver } from '#server/tickets/index.ts'
import { deskActor, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals, params, url }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => {
    const account = (await findAccount(ctx, params.id)) ?? refuse('not_found', 'account')
    const held = await heldBy(ctx, account.person_id)
    const colleagues = new Map(held.colleagues.map(({ person_id, name }) => [person_id, name]))
    const asked = url.searchParams.get('to') ?? ''
    const to = asked === 'nobody' || colleagues.has(asked) ? asked : 'evenly'
    // What would happen, told before it does: how many from which desk to whom.
    const names = new Map((await listDesks(ctx, { all: true })).map(({ id, name }) => [id, name]))
    const shares = Map.groupBy(
      shareOut(held.tickets, held.colleagues, to),
      ({ ticket, person_id }) => `${ticket.desk_id} ${person_id ?? ''}`,
    )
    return {
      account,
      form_id: randomToken(),
      total: held.total,
      step: HAND_OVER_MAX,
      drafts: held.drafts,
      colleagues: [...colleagues].map(([id, name]) => ({ id, name })),
      to,
      shares: [...shares.values()].map((some) => ({
        desk: names.get(some[0]!.ticket.desk_id) ?? '',
        person: some[0]!.person_id === null ? null : (colleagues.get(some[0]!.person_id) ?? ''),
        count: some.length,
      })),
      given: Number(url.searchParams.get('given')) || 0,
      returned: Number(url.searchParams.get('returned')) || 0,
      done: url.searchParams.has('given'),
    }
  })
}

export const actions: Actions = {
  default: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'hand_over', form_id: textOf(form, 'form_id'), to: textOf(form, 'to') }
    const here = `/desk/settings/people/${params.id}/hand-over`
    return settle(
      locals,
      values,
      (done: HandedOver | null) =>
        `${here}?${new URLSearchParams({ to: values.to, given: String(done?.given ?? 0), returned: String(done?.returned ?? 0) })}`,
      (ctx) => {
        mustAdminister(ctx.actor)
        return handOver(ctx, parsed(HandOver, { from_id: params.id, to: values.to }))
      },
    )
  },
}
