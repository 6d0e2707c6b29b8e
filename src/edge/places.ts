import type { Reading } from '#server/platform/context.ts'
import { listProvinces, listRegencies } from '#server/regions/index.ts'

/** A province with its regencies and cities, for one native list in which a name can be typed. */
export interface Place {
  code: string
  name: string
  regencies: { code: string; name: string }[]
}

/** All 38 provinces with what lies in them: two statements. */
export async function placesOf(ctx: Reading): Promise<Place[]> {
  const provinces = await listProvinces(ctx)
  const regencies = Map.groupBy(await listRegencies(ctx), ({ code }) => code.slice(0, 2))
  return provinces.map(({ code, name }) => ({
    code,
    name,
    regencies: (regencies.get(code) ?? []).map(({ code, name }) => ({ code, name })),
  }))
}
