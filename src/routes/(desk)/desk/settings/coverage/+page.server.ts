import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { listAskable, listCoverage, setCoverageTarget, SetCoverageTarget } from '#server/membership/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

/** The same grid as everybody sees, with who could be asked where nobody is. */
export const load: PageServerLoad = async ({ locals }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => {
    const coverage = await listCoverage(ctx)
    const empty = coverage.provinces.filter(({ standing }) => standing === 'nobody')
    const askable = await listAskable(
      ctx,
      empty.map(({ code }) => code),
    )
    return {
      coverage: {
        member: coverage.member,
        partner: coverage.partner,
        nobody: coverage.nobody,
        target: coverage.target,
      },
      all: coverage.provinces.length,
      empty: empty.map(({ code, name, own_units }) => ({
        code,
        name,
        own_units,
        askable: askable.filter(({ province_code }) => province_code === code),
      })),
    }
  })
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'target', provinces: textOf(form, 'provinces'), by_date: textOf(form, 'by_date') }
    return settle(locals, values, '/desk/settings/coverage?done=saved', (ctx) =>
      setCoverageTarget(ctx, parsed(SetCoverageTarget, { provinces: values.provinces, by_date: values.by_date })),
    )
  },
}
