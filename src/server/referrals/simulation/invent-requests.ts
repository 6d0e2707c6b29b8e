/** What a scenario invents: the requests of its days, drawn by chance or listed, each as it is at the beginning. */
import { startRandom, type Random } from './random.ts'
import type { ListedRequest, Scenario } from './scenario.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const WEEK = 7 * DAY

export interface Request {
  asked: ListedRequest
  at: number
  number: number
  refused_by: Record<string, 'declined' | 'expired' | 'returned'>
  offers: number
  accepted_at: number | null
  /** It is on the secretary's screen already, and is not put there twice. */
  shown: boolean
  settled: boolean
}

/** The requests in no particular order; the agenda sorts them. */
export function inventRequests(scenario: Scenario, begun: number, end: number): Request[] {
  const { requests } = scenario
  const random = startRandom(`${scenario.seed} requests`)
  const listed =
    'list' in requests
      ? requests.list
      : Array.from({ length: requests.total }, (): ListedRequest => {
          const competence = random.pickWeighted(requests.competences)
          const [code, level] = competence.split('/')
          const organisation = random.pickWeighted(requests.organisations)
          return {
            at: new Date(momentOf(random, begun, scenario.days, requests.weekend)).toISOString(),
            region: random.pickWeighted(requests.regions),
            competence: competence === 'none' ? null : { code: code!, level: Number(level) as 1 | 2 | 3 },
            kind: random.chance(requests.paid) ? 'paid' : 'free',
            urgent: random.chance(requests.urgent),
            organisation: organisation === '-' ? null : organisation,
          }
        })
  return listed
    .map((asked, index) => ({
      asked,
      at: Date.parse(asked.at),
      number: index + 1,
      refused_by: {},
      offers: 0,
      accepted_at: null,
      shown: false,
      settled: false,
    }))
    .filter(({ at }) => at >= begun && at < end)
}

/** Most ask around ten in the morning by the clocks of Jakarta, few at night. */
function momentOf(random: Random, begun: number, days: number, weekend: number): number {
  const week = Math.floor(random.next() * (days / 7))
  const weekday = random.chance(weekend) ? 5 + random.below(2) : random.below(5)
  const monday = begun + week * WEEK
  const shift = (8 - (new Date(monday).getUTCDay() || 7)) % 7
  const hour = Math.min(23.9, Math.max(0, random.around(10, 0.3)))
  const at = monday + (((shift + weekday) % 7) * 24 + hour - 7) * 60 * MINUTE
  return Math.min(Math.max(at, begun), begun + days * DAY - 1)
}
