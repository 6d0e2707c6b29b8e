import { json } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { write } from '#server/platform/context.ts'
import { BePresent, bePresent, findTicketRow, listMessages, listPresent } from '#server/tickets/index.ts'
import { deskActor, parsed } from '../../../../../../edge/desk-form.ts'
import { bodyOf } from '../../../../../../edge/json-body.ts'

/**
 * Says who is here: `{page_id, doing}`; answers who else is, and how far the ticket has come, so that a page which opened while
 * something happened (after it was drawn, before it could hear) finds out.
 */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const given = await bodyOf(request)
  const answer = await write(locals.app, deskActor(locals), async (ctx) => {
    const { id: ticket_id, state, holder } = await findTicketRow(ctx, { number: params.number })
    await bePresent(ctx, parsed(BePresent, { ...given, ticket_id }))
    const [newest] = await listMessages(ctx, ticket_id, { limit: 1 })
    return {
      present: await listPresent(ctx, ticket_id),
      now: { state, desk_id: holder.desk.id, newest_message_id: newest?.id ?? null },
    }
  })
  return json(answer)
}
