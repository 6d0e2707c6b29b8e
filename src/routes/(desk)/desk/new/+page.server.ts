import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { refuse } from '#server/platform/refusal.ts'
import { listTopics, listUrgencies } from '#server/desks/index.ts'
import { recordTicket, RecordTicket } from '#server/tickets/index.ts'
import { deskActor, optional, orNull, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { placesOf } from '../../../../edge/places.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../../edge/uploads.ts'

export const load: PageServerLoad = ({ locals }) =>
  read(locals.app, deskActor(locals), async (ctx) => ({
    form_id: randomToken(),
    topics: (await listTopics(ctx)).map((topic) => ({
      code: topic.code,
      name: locals.language === 'en' ? topic.name_en : topic.name_id,
    })),
    urgencies: (await listUrgencies(ctx)).map(({ code }) => code),
    places: await placesOf(ctx),
  }))

const FIELDS = [
  'channel',
  'name',
  'email',
  'phone',
  'institution',
  'region_code',
  'subject',
  'text',
  'topic_code',
  'urgency',
  'kind',
  'letter_number',
  'letter_date',
  'desk_id',
  'language',
  'form_id',
] as const

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const typed = Object.fromEntries(FIELDS.map((name) => [name, textOf(form, name)])) as Record<
      (typeof FIELDS)[number],
      string
    >
    const files = uploadsOf(form, 'files')
    return settle(
      locals,
      { form: 'record', ...typed },
      (opened: { number: string } | null) =>
        opened ? `/desk/tickets/${opened.number}?done=recorded#done` : '/desk?view=all',
      async (ctx) => {
        const faults = uploadFaults(files, 'files')
        if (faults.length > 0) refuse('invalid', 'form', faults)
        // Answers leave by mail where there is an address; a number beside it is kept all the same.
        const channel = typed.email ? 'email' : typed.phone ? 'phone' : undefined
        const input = parsed(RecordTicket, {
          ...typed,
          subject: optional(typed.subject),
          institution: optional(typed.institution),
          region_code: orNull(typed.region_code),
          topic_code: orNull(typed.topic_code),
          desk_id: optional(typed.desk_id),
          letter_number: optional(typed.letter_number),
          letter_date: optional(typed.letter_date),
          requester: { name: typed.name, channel, address: channel && typed[channel], phone: optional(typed.phone) },
        })
        return recordTicket(ctx, { ...input, attachments: await keepUploads(locals.app, files) })
      },
    )
  },
}
