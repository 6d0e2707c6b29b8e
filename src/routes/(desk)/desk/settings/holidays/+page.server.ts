import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listHolidays, removeHoliday, RemoveHoliday, saveHoliday, SaveHoliday } from '#server/regions/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../edge/form-fields.ts'

const kinds = ['national', 'cuti_bersama'] as const

/** One year's holidays, and the one that is being changed (`?date=&kind=`). */
export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => {
    const this_year = ctx.now.getUTCFullYear()
    const year = yearOf(url.searchParams.get('year')) ?? this_year
    const holidays = await listHolidays(ctx, year)
    const [date, kind] = [url.searchParams.get('date'), url.searchParams.get('kind')]
    const chosen = holidays.find((holiday) => holiday.date === date && holiday.kind === kind) ?? null
    return { year, this_year, holidays, chosen }
  })
}

function yearOf(text: string | null): number | null {
  return text !== null && /^(19|20|21)\d\d$/.test(text) ? Number(text) : null
}

export const actions: Actions = {
  save: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'save',
      date: textOf(form, 'date'),
      kind: choiceOf(form, 'kind', kinds),
      name: textOf(form, 'name'),
      decree: textOf(form, 'decree'),
    }
    const { date, kind, name, decree } = values
    return settle(locals, values, `/desk/settings/holidays?year=${date.slice(0, 4)}&done=saved`, (ctx) =>
      saveHoliday(ctx, parsed(SaveHoliday, { date, kind, name, decree })),
    )
  },
  remove: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'remove',
      date: textOf(form, 'date'),
      kind: choiceOf(form, 'kind', kinds),
      name: '',
      decree: '',
    }
    const { date, kind } = values
    return settle(locals, values, `/desk/settings/holidays?year=${date.slice(0, 4)}&done=removed`, (ctx) =>
      removeHoliday(ctx, parsed(RemoveHoliday, { date, kind })),
    )
  },
}
