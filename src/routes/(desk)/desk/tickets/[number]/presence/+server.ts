import { json } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { write } from '#server/platform/context.ts'
import { BePresent, bePresent, findTicketRow, listPresent } from '#server/tickets/index.ts'
import { deskActor, parsed } from '../../../../../../edge/desk-form.ts'
import { bodyOf } from '../../../../../../edge/json-body.ts'

/** Says who is here: `{page_id, doing}`; answers who else is. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const given = await bodyOf(request)
  const present = await write(locals.app, deskActor(locals), async (ctx) => {
    const { id: ticket_id } = await findTicketRow(ctx, { number: params.number })
    await bePresent(ctx, parsed(BePresent, { ...given, ticket_id }))
    return listPresent(ctx, ticket_id)
  })
  return json({ present })
}
