import { refuse } from '#server/platform/refusal.ts'
import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { findAttachment } from '#server/tickets/index.ts'
import { holderOf } from '../../../../../../edge/follow-link.ts'
import { sendToFile } from '../../../../../../edge/files.ts'

/** One attachment of the ticket whose link this is; never opened in the browser, only saved. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const actor = await holderOf(locals.app, params.token)
  if (!isId(params.id)) refuse('not_found', 'page')
  const file = await read(locals.app, actor, (ctx) =>
    findAttachment(ctx, { ticket_id: actor.ticket_id, id: params.id }),
  )
  return sendToFile(locals.app, file)
}
