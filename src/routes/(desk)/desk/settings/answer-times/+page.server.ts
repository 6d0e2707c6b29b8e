import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import type { Fault } from '#server/platform/refusal.ts'
import { listDesks, listUrgencies } from '#server/desks/index.ts'
import {
  answerChannels,
  listAnswerTimes,
  quietRules,
  saveAnswerTimes,
  SaveAnswerTimes,
  saveQuietRules,
  SaveQuietRules,
  urgencyCodes,
} from '#server/service_levels/index.ts'
import { notSaved } from '../../../../../edge/answer-form.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { asHours, readHours } from './hours-text.ts'
import { tryIt } from './try-it.ts'

const rules = [
  'remind_after_working_days',
  'resolve_after_working_days',
  'close_after_days',
  'reopen_within_days',
] as const
const cells = urgencyCodes.flatMap((urgency) => answerChannels.map((channel) => ({ urgency, channel })))

export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => {
    const times = await listAnswerTimes(ctx)
    const quiet = await quietRules(ctx)
    const desks = await listDesks(ctx)
    return {
      channels: [...answerChannels],
      urgencies: await listUrgencies(ctx, { all: true }),
      hours: Object.fromEntries(
        times.map(({ urgency, channel, working_minutes }) => [
          `${urgency}_${channel}`,
          asHours(working_minutes, locals.language),
        ]),
      ) as Record<string, string>,
      rules: Object.fromEntries(rules.map((name) => [name, String(quiet[name])])) as Record<string, string>,
      desks: desks.map(({ id, name }) => ({ id, name })),
      tried: await tryIt(ctx, url.searchParams, desks),
    }
  })
}

export const actions: Actions = {
  times: async ({ request, locals }) => {
    const form = await request.formData()
    const values: { form: string } & Record<string, string> = { form: 'times' }
    const faults: Fault[] = []
    const times = cells.map(({ urgency, channel }) => {
      const name = `${urgency}_${channel}`
      values[name] = textOf(form, name)
      const working_minutes = readHours(values[name])
      if (working_minutes === null) faults.push({ path: name, key: 'settings.fault_hours' })
      return { urgency, channel, working_minutes: working_minutes ?? 0 }
    })
    if (faults.length > 0) return notSaved(values, faults)
    return settle(locals, values, '/desk/settings/answer-times?done=saved', (ctx) =>
      saveAnswerTimes(ctx, parsed(SaveAnswerTimes, { times })),
    )
  },

  quiet: async ({ request, locals }) => {
    const form = await request.formData()
    const typed = Object.fromEntries(rules.map((name) => [name, textOf(form, name)])) as Record<string, string>
    const values = { form: 'quiet', ...typed }
    const days = Object.fromEntries(rules.map((name) => [name, typed[name] === '' ? Number.NaN : Number(typed[name])]))
    return settle(locals, values, '/desk/settings/answer-times?done=saved', (ctx) =>
      saveQuietRules(ctx, parsed(SaveQuietRules, days)),
    )
  },
}
