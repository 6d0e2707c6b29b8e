import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { refuse } from '#server/platform/refusal.ts'
import { findAttachment, seeTicket } from '#server/tickets/index.ts'
import { deskActor } from '../../../../../../../edge/desk-form.ts'
import { sendToFile } from '../../../../../../../edge/files.ts'

/** One attachment of a ticket that the agent sees; never opened in the browser, only saved. */
export const GET: RequestHandler = async ({ locals, params }) => {
  if (!isId(params.id)) refuse('not_found', 'page')
  const file = await read(locals.app, deskActor(locals), async (ctx) => {
    const { id: ticket_id } = await seeTicket(ctx, { number: params.number })
    return findAttachment(ctx, { ticket_id, id: params.id })
  })
  // What is taken along whole is written down before it leaves.
  await locals.app.sights.flush()
  return sendToFile(locals.app, file)
}
