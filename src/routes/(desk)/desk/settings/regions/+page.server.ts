import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { changeRegionName, ChangeRegionName, listProvinces, listRegencies } from '#server/regions/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

/** Provinces, or the regencies and cities of one; and the one that is being renamed (`?code=`). */
export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const code = url.searchParams.get('code')
  const asked = url.searchParams.get('province') ?? code?.split('.')[0]
  return read(locals.app, actor, async (ctx) => {
    const provinces = await listProvinces(ctx)
    const open = url.searchParams.has('province') || code?.includes('.')
    const province = (open && provinces.find((one) => one.code === asked)) || null
    const regions = province ? await listRegencies(ctx, province.code) : provinces
    return { province, regions, chosen: regions.find((region) => region.code === code) ?? null }
  })
}

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'name', code: textOf(form, 'code'), name: textOf(form, 'name') }
    const { code, name } = values
    const view = code.includes('.') ? `province=${code.slice(0, 2)}&` : ''
    return settle(locals, values, `/desk/settings/regions?${view}done=saved`, (ctx) =>
      changeRegionName(ctx, parsed(ChangeRegionName, { code, name })),
    )
  },
}
