/**
 * A year of the network in seconds: requests come, `decide` chooses as it does at the desk, those who are asked answer, decline, fall
 * silent, work and give back, each in their own hours, zone and holidays. Nothing of it touches the database. The same scenario gives
 * the same figures again.
 */
import { addWorkingDays, addWorkingMinutes, provinceOf, type WorkingTime } from '../../regions/index.ts'
import { decide, type NeededHelp } from '../decide.ts'
import type { Policy } from '../policy.ts'
import { openAgenda } from './agenda.ts'
import { helperOf, refresh, SECRETARIAT, secretariatOf, type Helper } from './who-helps.ts'
import { inventRequests, type Request } from './invent-requests.ts'
import { startRandom } from './random.ts'
import type { Provider, Scenario } from './scenario.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** Minutes of the calendar, nights and weekends included: that is how long a requester waits. Null where nothing was measured. */
export interface Times {
  p50_minutes: number | null
  p95_minutes: number | null
}

/** Why something stands on the secretary's screen. */
export type ItemKind = 'unmet' | 'slow' | 'returned' | 'taken'

export interface Simulated {
  requests: number
  /** Each request ends as one of these three, or is still under way at the end. */
  answered: number
  answered_by_secretariat: number
  unmet: number
  under_way: number
  until_accepted: Times
  until_answered: Times
  providers: {
    name: string
    standing: Provider['standing']
    offers: number
    accepted: number
    declined: number
    expired: number
    returned: number
    answered: number
    /** Of all offers to providers. */
    share: number
  }[]
  unmet_demand: { province: string; competence: string | null; kind: 'free' | 'paid'; requests: number }[]
  secretary: { items: number; items_a_day: { p50: number; p95: number; most: number; on: string | null }; by_kind: Record<ItemKind, number> } // prettier-ignore
}

type Happening =
  | { kind: 'asked'; request: Request }
  | { kind: 'answered_offer'; request: Request; helper: Helper; answer: 'accepted' | 'declined' | 'expired' }
  | { kind: 'worked'; request: Request; helper: Helper; returned: boolean }
  | { kind: 'waited_long'; request: Request }

/** Runs a scenario to its last day. `progress` hears how many requests have come so far. */
export function simulate(
  scenario: Scenario,
  policy: Policy,
  progress: (requests: number) => void = () => {},
): Simulated {
  const begun = Date.parse(`${scenario.from}T00:00:00Z`)
  const end = begun + scenario.days * DAY
  const holidays = new Set(scenario.holidays)
  // People's times are drawn from a stream of their own: one more provider must not change which requests come.
  const random = startRandom(`${scenario.seed} helpers`)
  const helpers = [
    ...scenario.providers.map((provider) => helperOf(provider, begun, holidays)),
    secretariatOf(scenario, holidays),
  ]
  const byId = new Map(helpers.map((helper) => [helper.candidate.desk_id, helper]))
  const secretariat = byId.get(SECRETARIAT)!
  const candidates = helpers.map((helper) => helper.candidate)
  const agenda = openAgenda<Happening>()
  const requests = inventRequests(scenario, begun, end)
  for (const request of requests) agenda.note(request.at, { kind: 'asked', request })

  const until_accepted: number[] = []
  const until_answered: number[] = []
  const unmet = new Map<string, Simulated['unmet_demand'][number]>()
  const items = new Map<string, number>()
  const by_kind: Record<ItemKind, number> = { unmet: 0, slow: 0, returned: 0, taken: 0 }
  let [answered, unmet_requests, under_way, asked] = [0, 0, 0, 0]

  const putOnScreen = (at: number, why: ItemKind) => {
    by_kind[why] += 1
    const day = new Date(at).toISOString().slice(0, 10)
    items.set(day, (items.get(day) ?? 0) + 1)
  }

  const refer = (request: Request, at: number) => {
    for (const helper of helpers) refresh(helper, at, policy)
    const needed: NeededHelp = {
      at: new Date(at).toISOString(),
      region_code: request.asked.region,
      competence: request.asked.competence,
      kind: request.asked.kind,
      organisation_id: request.asked.organisation,
      refused_by: request.refused_by,
    }
    const { chosen } = decide(needed, candidates, policy, `${scenario.seed} ${request.number} ${request.offers}`)
    if (chosen === null) {
      request.settled = true
      unmet_requests += 1
      putOnScreen(at, 'unmet')
      const { competence, kind, region } = request.asked
      const key = `${provinceOf(region)} ${competence?.code ?? ''} ${kind}`
      const row = unmet.get(key) ?? { province: provinceOf(region), competence: competence?.code ?? null, kind, requests: 0 } // prettier-ignore
      row.requests += 1
      unmet.set(key, row)
      return
    }
    const helper = byId.get(chosen)!
    helper.sums.offers += 1
    helper.offered_at.push(at)
    helper.candidate.last_offered_at = needed.at
    if (!helper.provider) {
      putOnScreen(at, 'taken')
      accept(request, helper, at)
      return
    }
    request.offers += 1
    helper.open_offers += 1
    if (request.offers === policy.offers_until_shown + 1 && !request.shown) {
      request.shown = true
      putOnScreen(at, 'slow')
    }
    const { minutes, accepts, silent } = helper.provider.answers
    const deadline = after(helper, at, request.asked.urgent ? policy.offer_minutes_urgent : policy.offer_minutes)
    const answers_at = random.chance(silent)
      ? Infinity
      : after(helper, at, random.around(minutes.median, minutes.spread))
    const answer = answers_at > deadline ? 'expired' : random.chance(accepts) ? 'accepted' : 'declined'
    agenda.note(Math.min(answers_at, deadline), { kind: 'answered_offer', request, helper, answer })
  }

  const accept = (request: Request, helper: Helper, at: number) => {
    request.accepted_at = at
    if (helper.provider) {
      helper.sums.accepted += 1
      helper.accepted_at.push(at)
    }
    until_accepted.push((at - request.at) / MINUTE)
    const { hours } = helper.provider?.works ?? scenario.secretariat.works
    const returned = helper.provider !== null && random.chance(helper.provider.works.returns)
    agenda.note(after(helper, at, random.around(hours.median, hours.spread) * 60), { kind: 'worked', request, helper, returned }) // prettier-ignore
  }

  for (let due = agenda.next(); due; due = agenda.next()) {
    const { at, what } = due
    const { request } = what
    if (at >= end) {
      // Counted once: what waits only for the screen does not stand for a request of its own.
      if (what.kind !== 'waited_long') under_way += 1
      continue
    }
    if (what.kind === 'asked') {
      asked += 1
      if (asked % 1_000 === 0) progress(asked)
      const shown_at = after(secretariat, at, policy.minutes_until_shown)
      agenda.note(shown_at, { kind: 'waited_long', request })
      refer(request, at)
    } else if (what.kind === 'waited_long') {
      if (request.accepted_at === null && !request.settled && !request.shown) {
        request.shown = true
        putOnScreen(at, 'slow')
      }
    } else if (what.kind === 'answered_offer') {
      what.helper.open_offers -= 1
      what.helper.sums[what.answer] += what.answer === 'accepted' ? 0 : 1
      if (what.answer === 'accepted') accept(request, what.helper, at)
      else {
        what.helper.settled_at.push(at)
        request.refused_by[what.helper.candidate.desk_id] = what.answer
        refer(request, at)
      }
    } else if (what.returned) {
      what.helper.sums.returned += 1
      what.helper.settled_at.push(at)
      request.refused_by[what.helper.candidate.desk_id] = 'returned'
      request.accepted_at = null
      putOnScreen(at, 'returned')
      refer(request, at)
    } else {
      what.helper.sums.answered += 1
      what.helper.settled_at.push(at)
      what.helper.completed_at.push(at)
      answered += 1
      request.settled = true
      until_answered.push((at - request.at) / MINUTE)
    }
  }

  const providers = helpers.filter((helper) => helper.provider)
  const offers = providers.reduce((sum, helper) => sum + helper.sums.offers, 0)
  const days = [...items].sort(([, a], [, b]) => b - a)
  const office_days = workingDays(secretariat.time, begun, end).map((day) => items.get(day) ?? 0)
  return {
    requests: asked,
    answered,
    answered_by_secretariat: secretariat.sums.answered,
    unmet: unmet_requests,
    under_way,
    until_accepted: timesOf(until_accepted),
    until_answered: timesOf(until_answered),
    providers: providers.map(({ provider, sums }) => ({
      name: provider!.name,
      standing: provider!.standing,
      ...sums,
      share: offers === 0 ? 0 : sums.offers / offers,
    })),
    unmet_demand: [...unmet.values()].sort((a, b) => b.requests - a.requests || (a.province < b.province ? -1 : 1)),
    secretary: {
      items: days.reduce((sum, [, count]) => sum + count, 0),
      items_a_day: {
        p50: quantile(office_days, 0.5) ?? 0,
        p95: quantile(office_days, 0.95) ?? 0,
        most: days[0]?.[1] ?? 0,
        on: days[0]?.[0] ?? null,
      },
      by_kind,
    },
  }
}

const after = ({ time }: Helper, at: number, minutes: number) =>
  addWorkingMinutes({ ...time, start: new Date(at), minutes: Math.max(1, Math.round(minutes)) }).due_at.getTime()

/** The dates on which the secretariat is open at all. */
function workingDays(time: WorkingTime, begun: number, end: number): string[] {
  const days: string[] = []
  for (let at = new Date(begun - DAY); ;) {
    at = addWorkingDays({ ...time, start: at, days: 1 }).due_at
    if (at.getTime() >= end) return days
    days.push(at.toISOString().slice(0, 10))
  }
}

const timesOf = (minutes: number[]): Times => ({ p50_minutes: quantile(minutes, 0.5), p95_minutes: quantile(minutes, 0.95) }) // prettier-ignore

function quantile(values: readonly number[], part: number): number | null {
  const sorted = Float64Array.from(values).sort()
  return sorted.length === 0 ? null : Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!)
}
