import { momentAt } from '#server/regions/index.ts'
import { callResults, findCallers, logCall, LogCall, type FoundCallers } from '#server/intake/index.ts'
import { listTopics } from '#server/desks/index.ts'
import { remembered } from '#server/platform/remembered.ts'
import { randomToken } from '#server/platform/secrets.ts'
import type { Reading } from '#server/platform/context.ts'
import { deskActor, orNull, parsed, settle } from '../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../edge/form-fields.ts'
import { placesOf } from '../../../../edge/places.ts'

/** What both screens for writing down a call need. `number`: as it was typed or told. */
export async function seeCallForm(ctx: Reading, number: string) {
  const [found, topics, places] = await Promise.all([
    findCallers(ctx, { number }) as Promise<FoundCallers>,
    listTopics(ctx),
    remembered(ctx.app, 'places of forms', placesOf),
  ])
  const english = 'language' in ctx.actor && ctx.actor.language === 'en'
  return {
    number,
    found,
    places,
    topics: topics.map(({ code, name_id, name_en }) => ({ code, name: english ? name_en : name_id })),
    form_id: randomToken(),
  }
}

const FIELDS = ['caller', 'about', 'name', 'subject', 'text', 'region_code', 'topic_code', 'call_back_at'] as const

/** The action of both screens. Afterwards the ticket is shown, or the list where there is none. */
export async function logFromForm(locals: App.Locals, request: Request, call_id: string | null) {
  const form = await request.formData()
  const typed = Object.fromEntries(FIELDS.map((name) => [name, textOf(form, name)])) as Record<
    (typeof FIELDS)[number],
    string
  >
  const result = choiceOf(form, 'result', callResults)
  const form_id = textOf(form, 'form_id')
  const draft = call_id ?? 'new'
  return settle(
    locals,
    { form: 'log', ...typed, result, form_id },
    (logged: Awaited<ReturnType<typeof logCall>> | null) =>
      logged?.ticket
        ? `/desk/tickets/${logged.ticket.number}?done=${typed.about.startsWith('ticket:') ? 'noted' : 'recorded'}&logged=${draft}#done`
        : `/desk/calls?done=logged&logged=${draft}#done`,
    (ctx) => {
      const { about, region_code, topic_code, call_back_at, ...rest } = typed
      const [what, id] = about.split(':', 2)
      return logCall(
        ctx,
        parsed(LogCall, {
          ...rest,
          call_id,
          ticket_id: what === 'ticket' ? id : null,
          person_id: what === 'person' ? id : null,
          region_code: orNull(region_code),
          topic_code: orNull(topic_code),
          result,
          call_back_at: result === 'call_back' ? momentOf(call_back_at, zoneOf(locals)) : null,
        }),
      )
    },
  )
}

const zoneOf = (locals: App.Locals) => deskActor(locals).desks[0]?.time_zone ?? 'Asia/Jakarta'

/** What a browser writes into `datetime-local`, in the zone of the desk; null for nothing. */
function momentOf(text: string, zone: string): Date | null | string {
  const read = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)/.exec(text)
  if (!read) return text === '' ? null : text
  return momentAt(zone, read[1]!, `${read[2]}:${read[3]}`)
}
