import { hideSmall, SMALL } from '../platform/hide-small.ts'

/** What one quarter's referrals were, row by row as they are counted (keep-figures.ts). */
export interface Counted {
  /** One row for each province and topic where anything happened; topic null where none was known. */
  places: readonly {
    province_code: string
    topic_code: string | null
    referrals: number
    offers: number
    declined: number
    expired: number
    unmet: number
  }[]
  providers: readonly {
    organisation_id: string
    /** New cases a week that it promises. */
    capacity_per_week: number
    offers: number
    accepted: number
    completed: number
  }[]
  /** Of each province: how many acceptances, and half of them came within so many minutes. */
  waits: readonly { province_code: string; accepted: number; median_minutes: number }[]
}

/** Null: hidden, because it is small or would tell a small one. */
type Count = number | null
export const placeMeasures = ['referrals', 'offers', 'declined', 'expired', 'unmet'] as const
export type PlaceMeasure = (typeof placeMeasures)[number]

/** As everybody may read it. */
export interface Figures {
  providers: { organisation_id: string; accepted: Count; completed: Count }[]
  accepted: Count
  completed: Count
  provinces: string[]
  /** Null stands for requests without a topic. */
  topics: (string | null)[]
  /** By province (row) and topic (column), with their sums. */
  places: Record<PlaceMeasure, { cells: Count[][]; provinces: Count[]; topics: Count[]; all: Count }>
  /** In minutes; only where five accepted at least. */
  waits: { province_code: string; median_minutes: number }[]
  /** How unevenly offers fell on what was promised: 0 is evenly, 1 is all on one. Null with fewer than five providers or fifty offers. */
  gini: number | null
}

const GINI_PROVIDERS_MIN = 5
const GINI_OFFERS_MIN = 50

/** What may be shown of what was counted. Pure. */
export function reckonFigures({ places, providers, waits }: Counted): Figures {
  const provinces = [...new Set(places.map(({ province_code }) => province_code))].sort()
  const topics = [...new Set(places.map(({ topic_code }) => topic_code))].sort((a, b) =>
    a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1,
  )
  const placeOf = new Map(places.map((place) => [`${place.province_code} ${place.topic_code}`, place]))
  const tableOf = (measure: PlaceMeasure) => {
    const counts = provinces.map((province) =>
      topics.map((topic) => placeOf.get(`${province} ${topic}`)?.[measure] ?? 0),
    )
    const shown = hideSmall(counts)
    const total = (list: readonly number[]) => list.reduce((sum, count) => sum + count, 0)
    const only = (isShown: boolean | undefined, count: number): Count => (isShown ? count : null)
    return {
      cells: counts.map((row, r) => row.map((count, c) => only(shown.cells[r]![c], count))),
      provinces: counts.map((row, r) => only(shown.rows[r], total(row))),
      topics: topics.map((_, c) => only(shown.columns[c], total(counts.map((row) => row[c]!)))),
      all: only(shown.all, total(counts.flat())),
    }
  }
  const byId = providers.toSorted((a, b) => (a.organisation_id < b.organisation_id ? -1 : 1))
  const listOf = (measure: 'accepted' | 'completed') => {
    const counts = byId.map((provider) => provider[measure])
    const shown = hideSmall([counts])
    return {
      each: counts.map((count, index): Count => (shown.cells[0]![index] ? count : null)),
      all: shown.rows[0] ? counts.reduce((sum, count) => sum + count, 0) : null,
    }
  }
  const [accepted, completed] = [listOf('accepted'), listOf('completed')]
  return {
    providers: byId.map(({ organisation_id }, index) => ({
      organisation_id,
      accepted: accepted.each[index]!,
      completed: completed.each[index]!,
    })),
    accepted: accepted.all,
    completed: completed.all,
    provinces,
    topics,
    places: Object.fromEntries(placeMeasures.map((measure) => [measure, tableOf(measure)])) as Figures['places'],
    waits: waits
      .filter((wait) => wait.accepted >= SMALL)
      .map(({ province_code, median_minutes }) => ({ province_code, median_minutes: Math.round(median_minutes) })),
    gini: giniOfOffers(providers),
  }
}

/** Offers against what each promised: two that promise the same and are asked the same are even, and so is one that promises double and is asked double. */
function giniOfOffers(providers: Counted['providers']): number | null {
  const promising = providers.filter(({ capacity_per_week }) => capacity_per_week > 0)
  const offers = promising.reduce((sum, provider) => sum + provider.offers, 0)
  if (promising.length < GINI_PROVIDERS_MIN || offers < GINI_OFFERS_MIN) return null
  return gini(promising.map((provider) => provider.offers / provider.capacity_per_week))
}

/** The Gini coefficient: half the mean difference between any two, against the mean; rounded to two places. Values are not negative. */
export function gini(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const total = sorted.reduce((sum, value) => sum + value, 0)
  if (total === 0) return 0
  const weighted = sorted.reduce((sum, value, index) => sum + (2 * (index + 1) - sorted.length - 1) * value, 0)
  return Math.round((100 * weighted) / (sorted.length * total)) / 100
}
