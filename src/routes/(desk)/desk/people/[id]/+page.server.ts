import type { Actions, PageServerLoad } from './$types'
import { listedTicket } from '#lib/desk/listed-ticket.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { read } from '#server/platform/context.ts'
import { mutedAmong, stoppedAmong, unmuteAddress } from '#server/channels/index.ts'
import { changePerson, ChangePerson, listOrganisations, seePerson, standingOf } from '#server/people/index.ts'
import { addAddress, AddAddress, chooseAddress, ChooseAddress, listTickets } from '#server/tickets/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { placesOf } from '../../../../../edge/places.ts'

const FOUND_MAX = 20

export const load: PageServerLoad = ({ locals, params, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  return read(locals.app, actor, async (ctx) => {
    const person = await seePerson(ctx, params.id)
    const query = (url.searchParams.get('organisation') ?? '').replaceAll('\0', '').trim()
    return {
      person,
      standing: await standingOf(ctx, person.id),
      muted: await mutedAmong(
        ctx,
        person.contact_points.filter(({ channel }) => channel !== 'telegram').map(({ normalised }) => normalised),
      ),
      stopped: await stoppedAmong(
        ctx,
        person.contact_points.filter(({ channel }) => channel !== 'email').map(({ normalised }) => normalised),
      ),
      tickets: (await listTickets(ctx, { requester: person.id })).items.map((row) =>
        listedTicket(row, actor.person_id),
      ),
      organisation_query: query,
      organisations: query ? (await listOrganisations(ctx, { query })).items.slice(0, FOUND_MAX) : [],
      places: await placesOf(ctx),
      may_merge: mayCoordinateAll(ctx.actor),
      now: ctx.now,
      done: url.searchParams.get('done') === 'changed',
    }
  })
}

export const actions: Actions = {
  change: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'change',
      name: textOf(form, 'name'),
      language: textOf(form, 'language'),
      organisation_id: textOf(form, 'organisation_id'),
      region_code: textOf(form, 'region_code'),
    }
    return settle(locals, values, `/desk/people/${params.id}?done=changed#done`, (ctx) =>
      changePerson(
        ctx,
        parsed(ChangePerson, {
          person_id: params.id,
          name: values.name,
          language: values.language,
          organisation_id: orNull(values.organisation_id),
          region_code: orNull(values.region_code),
        }),
      ),
    )
  },
  add_address: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'add_address', channel: textOf(form, 'channel'), address: textOf(form, 'address') }
    return settle(locals, values, `/desk/people/${params.id}?done=changed#done`, (ctx) =>
      addAddress(ctx, parsed(AddAddress, { person_id: params.id, channel: values.channel, address: values.address })),
    )
  },
  unmute: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'unmute', address: textOf(form, 'address') }
    return settle(locals, values, `/desk/people/${params.id}?done=changed#done`, (ctx) => unmuteAddress(ctx, values))
  },
  choose_address: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'choose_address',
      ticket_id: textOf(form, 'ticket_id'),
      contact_point_id: textOf(form, 'contact_point_id'),
    }
    return settle(locals, values, `/desk/people/${params.id}?done=changed#done`, (ctx) =>
      chooseAddress(
        ctx,
        parsed(ChooseAddress, {
          ticket_id: values.ticket_id,
          person_id: params.id,
          contact_point_id: values.contact_point_id,
        }),
      ),
    )
  },
}
