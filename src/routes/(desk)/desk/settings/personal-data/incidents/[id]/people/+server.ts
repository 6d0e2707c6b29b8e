import type { RequestHandler } from './$types'
import { write } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { record } from '#server/platform/journal.ts'
import { refuse } from '#server/platform/refusal.ts'
import { say } from '#server/platform/words.ts'
import { mustHaveSignedInRecently } from '#server/people/index.ts'
import { listConcerned, seeIncident } from '#server/privacy/index.ts'
import { csvDownload } from '../../../../../../../../edge/download.ts'
import { deskActor } from '../../../../../../../../edge/desk-form.ts'

/** Whom an incident concerns, for saving; that it was taken is recorded before it leaves. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const id = isId(params.id) ? params.id : refuse('not_found', 'privacy.incident')
  const { incident, people } = await write(locals.app, deskActor(locals), async (ctx) => {
    mustHaveSignedInRecently(ctx)
    const seen = await seeIncident(ctx, id)
    const listed = await listConcerned(ctx, id)
    await record(ctx, 'incident.list_taken', { about: { incident_id: id, people: listed.length } })
    return { incident: seen, people: listed }
  })
  const { language } = locals
  return csvDownload(
    `insiden-${incident.number}.csv`,
    [
      say(language, 'ticket.name'),
      say(language, 'people.email'),
      say(language, 'people.phone'),
      say(language, 'people.tickets'),
      say(language, 'privacy.tell'),
    ],
    people.map(({ name, email, phone, tickets, told }) => [name, email, phone, tickets, told]),
  )
}
