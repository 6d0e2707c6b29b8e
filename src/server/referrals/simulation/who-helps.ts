/** Who helps in a scenario, each as `decide` looks at them, with the moments that their turn is reckoned from. */
import { officeHours } from '../../desks/index.ts'
import type { WorkingTime } from '../../regions/index.ts'
import type { Candidate } from '../decide.ts'
import type { Policy } from '../policy.ts'
import type { Provider, Scenario } from './scenario.ts'

const DAY = 86_400_000
const WEEK = 7 * DAY
export const SECRETARIAT = 'secretariat'

export interface Helper {
  candidate: Candidate
  provider: Provider | null
  time: WorkingTime
  open_offers: number
  accepted_at: number[]
  offered_at: number[]
  settled_at: number[]
  completed_at: number[]
  sums: { offers: number; accepted: number; declined: number; expired: number; returned: number; answered: number }
}

export function helperOf(provider: Provider, begun: number, holidays: Set<string>): Helper {
  const { name, standing } = provider
  const since = new Date(provider.since ? Date.parse(`${provider.since}T00:00:00Z`) : begun).toISOString()
  return {
    candidate: {
      desk_id: name,
      organisation_id: name,
      standing:
        standing === 'own_unit'
          ? { kind: standing, confirmed: true, serves: provider.serves }
          : { kind: standing, from: since, until: null, suspended: false },
      regions: provider.regions,
      serves_neighbours: provider.serves_neighbours,
      competences: Object.entries(provider.competences).map(([code, level]) => ({ code, level, until: null })),
      accepting: true,
      paused_until: null,
      capacity_per_week: provider.capacity_per_week,
      taken_this_week: 0,
      conflicts: [],
      kinds: provider.kinds,
      offers: 0,
      settled: 0,
      completed: 0,
      last_offered_at: null,
    },
    provider,
    time: { zone: provider.time_zone, hours: provider.hours ?? officeHours, holidays },
    ...nothingYet(),
  }
}

export function secretariatOf({ secretariat }: Scenario, holidays: Set<string>): Helper {
  return {
    candidate: {
      desk_id: SECRETARIAT,
      organisation_id: SECRETARIAT,
      standing: { kind: 'secretariat' },
      regions: [],
      serves_neighbours: false,
      competences: [],
      accepting: true,
      paused_until: null,
      capacity_per_week: 0,
      taken_this_week: 0,
      conflicts: [],
      kinds: ['free'],
      offers: 0,
      settled: 0,
      completed: 0,
      last_offered_at: null,
    },
    provider: null,
    time: { zone: secretariat.time_zone, hours: secretariat.hours ?? officeHours, holidays },
    ...nothingYet(),
  }
}

const nothingYet = () => ({
  open_offers: 0,
  accepted_at: [],
  offered_at: [],
  settled_at: [],
  completed_at: [],
  sums: { offers: 0, accepted: 0, declined: 0, expired: 0, returned: 0, answered: 0 },
})

/** What a candidate looks like at this moment: only what lies within the window and the week counts. */
export function refresh(helper: Helper, at: number, policy: Policy) {
  const { candidate } = helper
  const window = at - policy.window_days * DAY
  dropBefore(helper.offered_at, window)
  dropBefore(helper.settled_at, window)
  dropBefore(helper.completed_at, window)
  dropBefore(helper.accepted_at, at - WEEK)
  candidate.offers = helper.offered_at.length
  candidate.settled = helper.settled_at.length
  candidate.completed = helper.completed_at.length
  candidate.taken_this_week = helper.open_offers + helper.accepted_at.length
}

/** The moments stand in order. */
function dropBefore(moments: number[], limit: number) {
  let old = 0
  while (old < moments.length && moments[old]! <= limit) old++
  if (old > 0) moments.splice(0, old)
}
