import { markPlaces, type Place } from '#lib/places.ts'
import type { Reading } from '#server/platform/context.ts'
import { listProvinces, listRegencies } from '#server/regions/index.ts'

/** All 38 provinces with what lies in them: two statements. */
export async function placesOf(ctx: Reading): Promise<Place[]> {
  const [provinces, all] = await Promise.all([listProvinces(ctx), listRegencies(ctx)])
  const regencies = Map.groupBy(all, ({ code }) => code.slice(0, 2))
  return markPlaces(
    provinces.map(({ code, name }) => ({
      code,
      name,
      regencies: (regencies.get(code) ?? []).map(({ code, name }) => ({ code, name })),
    })),
  )
}
