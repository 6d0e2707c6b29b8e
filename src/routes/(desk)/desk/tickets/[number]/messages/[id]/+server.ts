import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { refuse } from '#server/platform/refusal.ts'
import { seeMailForm, seeTicket } from '#server/tickets/index.ts'
import { deskActor } from '../../../../../../../edge/desk-form.ts'
import { mailPage } from '../../../../../../../edge/mail-page.ts'

/** The HTML form of one message, for the frame on the ticket's page. */
export const GET: RequestHandler = async ({ locals, params }) =>
  mailPage(locals.app, await formOf(locals, params), { language: locals.language, remote: false })

/** The same with pictures from outside: fetching them is seen by their host, so it takes a press of a button and not only a look. */
export const POST: RequestHandler = async ({ locals, params }) =>
  mailPage(locals.app, await formOf(locals, params), { language: locals.language, remote: true })

async function formOf(locals: App.Locals, { number, id }: { number: string; id: string }) {
  if (!isId(id)) refuse('not_found', 'page')
  return read(locals.app, deskActor(locals), async (ctx) => {
    const { id: ticket_id } = await seeTicket(ctx, { number })
    return seeMailForm(ctx, { ticket_id, message_id: id })
  })
}
