import { json } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { write } from '#server/platform/context.ts'
import { findTicketRow, SaveDraft, saveDraft } from '#server/tickets/index.ts'
import { deskActor, parsed } from '../../../../../../edge/desk-form.ts'
import { bodyOf } from '../../../../../../edge/json-body.ts'

/** Keeps what is being typed: `{kind, fields}`; answers `{saved_at}`, null when every field was empty. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const given = await bodyOf(request)
  const saved_at = await write(locals.app, deskActor(locals), async (ctx) => {
    const { id: ticket_id } = await findTicketRow(ctx, { number: params.number })
    return saveDraft(ctx, parsed(SaveDraft, { ...given, ticket_id }))
  })
  return json({ saved_at })
}
