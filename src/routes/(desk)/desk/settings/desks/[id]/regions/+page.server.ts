import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { changeDesk, ChangeDesk, findDesk } from '#server/desks/index.ts'
import { listProvinces, listRegencies } from '#server/regions/index.ts'
import { deskActor, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../../edge/form-fields.ts'

const provinceCode = /^\d{2}$/

/** The provinces, or the regencies and cities of one of them: 552 boxes at once would help nobody. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const asked = url.searchParams.get('province') ?? ''
  return read(locals.app, actor, async (ctx) => {
    const provinces = await listProvinces(ctx)
    const province = provinces.find(({ code }) => code === asked) ?? null
    return { provinces, province, regencies: province ? await listRegencies(ctx, province.code) : [] }
  })
}

export const actions: Actions = {
  default: async ({ request, locals, params }) => {
    const form = await request.formData()
    const province = textOf(form, 'province')
    // What this view shows is what it may change; what is chosen elsewhere stays.
    const isShown = provinceCode.test(province)
      ? (code: string) => code.startsWith(`${province}.`)
      : (code: string) => provinceCode.test(code)
    const chosen = form.getAll('region').filter((code): code is string => typeof code === 'string' && isShown(code))
    const view = provinceCode.test(province) ? `province=${province}&` : ''
    return settle(
      locals,
      { form: 'regions' },
      `/desk/settings/desks/${params.id}/regions?${view}done=saved`,
      async (ctx) => {
        const { desk_id } = parsed(ChangeDesk.pick({ desk_id: true }), { desk_id: params.id })
        const elsewhere = (await findDesk(ctx, desk_id)).regions
          .map(({ code }) => code)
          .filter((code) => !isShown(code))
        await changeDesk(ctx, parsed(ChangeDesk, { desk_id, regions: [...elsewhere, ...chosen] }))
      },
    )
  },
}
